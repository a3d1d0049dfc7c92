-- One row per (metric, week, product release, epoch, flag): conversations with that flag, and what they
-- stand for. The epoch of a heuristic flag is the hash of its definition.
with flags as (
    select
        conversation_id, metric, 'judge' as kind, judge_flags.day, epoch, flag,
        coalesce(weight, 1) as weight
    from judge_flags
    left join judge_samples using (conversation_id, epoch)
    union all
    select conversation_id, metric, 'heuristic', day, definition_hash, flag, 1.0
    from heuristic_flags
)
select
    metric,
    kind,
    date_trunc('week', flags.day)::date as week,
    coalesce(model, 'unknown') as release,
    epoch,
    flag,
    count(*) as n,
    sum(weight) as weight,
    sum(weight * weight) as square
from flags
left join conversations using (conversation_id)
group by all
order by all
