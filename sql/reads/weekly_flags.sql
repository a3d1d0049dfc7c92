-- One row per (metric, week, epoch, flag): conversations with that flag, and what they stand for. The
-- epoch of a heuristic flag is the hash of its definition.
with flags as (
    select metric, 'judge' as kind, judge_flags.day, epoch, flag, coalesce(weight, 1) as weight
    from judge_flags
    left join judge_samples using (conversation_id, epoch)
    union all
    select metric, 'heuristic', day, definition_hash, flag, 1.0
    from heuristic_flags
)
select
    metric,
    kind,
    date_trunc('week', day)::date as week,
    epoch,
    flag,
    count(*) as n,
    sum(weight) as weight,
    sum(weight * weight) as square
from flags
group by all
order by all
