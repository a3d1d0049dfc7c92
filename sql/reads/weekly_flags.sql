-- One row per (metric, week, product release, epoch, version, flag): conversations with that flag, and what
-- they stand for. The version is that of the view flag_versions; a heuristic has it for an epoch.
with flags as (
    select
        conversation_id, metric, 'judge' as kind, judge_flags.day, epoch,
        epoch || substr(definition_hash, 17) as version, flag,
        coalesce(weight, 1) as weight
    from judge_flags
    left join judge_samples using (conversation_id, epoch)
    union all
    select conversation_id, metric, 'heuristic', day, definition_hash, definition_hash, flag, 1.0
    from heuristic_flags
)
select
    metric,
    kind,
    date_trunc('week', flags.day)::date as week,
    coalesce(model, 'unknown') as release,
    epoch,
    version,
    flag,
    count(*) as n,
    sum(weight) as weight,
    sum(weight * weight) as square
from flags
left join conversations using (conversation_id)
group by all
order by all
