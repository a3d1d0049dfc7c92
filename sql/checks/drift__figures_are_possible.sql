-- One row per (alarm kind, metric): how many of its days have figures that cannot be.
select
    alarm_kind || ' / ' || metric as series,
    count(*) filter (positive > n) as n_not_nested,
    count(*) filter (not (
        coalesce(value between 0 and 1, true)
        and coalesce(alarm_kind = 'relation' or (baseline between 0 and 1), true)
        and coalesce(e >= 0, true)
    )) as n_outside_range,
    count(*) filter (not (
        coalesce(baseline between baseline_low - 1e-9 and baseline_high + 1e-9, true)
        and coalesce(recent between recent_low - 1e-9 and recent_high + 1e-9, true)
    )) as n_outside_interval,
    count(*) filter (e is null and reason is null) as n_without_reason
from drift
group by all
