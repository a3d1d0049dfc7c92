-- One row per (metric, day): its answers, counted and weighted, and those with a known primary outcome by
-- flag and outcome. Weighted counts are of equally informative unweighted ones: what a sample of unequal
-- weights is worth (Kish 1965).
with answers as (
    {{ answers }}
),
versions as (
    select metric, day, max(version) as version from flag_versions group by all
)
select
    metric,
    day,
    version,
    count(*) as n,
    count(*) filter (flag) as positive,
    sum(weight) ^ 2 / sum(weight * weight) as weighted_n,
    coalesce(sum(weight) filter (flag), 0) / sum(weight) * weighted_n as weighted_positive,
    count(event) as n_known,
    count(*) filter (event) as events,
    coalesce(
        sum(weight) filter (event is not null) / sum(weight * weight) filter (event is not null), 1
    ) as worth,
    coalesce(sum(weight) filter (flag and event is not null), 0) * worth as n_true,
    coalesce(sum(weight) filter (flag and event), 0) * worth as events_true,
    coalesce(sum(weight) filter (not flag and event is not null), 0) * worth as n_false,
    coalesce(sum(weight) filter (not flag and event), 0) * worth as events_false
from answers
left join versions using (metric, day)
group by metric, day, version
order by metric, day
