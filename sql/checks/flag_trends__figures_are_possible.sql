-- One row per metric, week and epoch: whether its figures can be.
select
    metric || ' / ' || week || ' / ' || epoch as metric,
    (n_true > n)::integer as n_not_nested,
    (not (
        coalesce(share between 0 and 1, true) and coalesce(bridged_share between 0 and 1, true)
    ))::integer as n_outside_range,
    (not (
        coalesce(share between low - 1e-9 and high + 1e-9, true)
        and coalesce(bridged_share between bridged_low - 1e-9 and bridged_high + 1e-9, true)
    ))::integer as n_outside_interval,
    (
        share is null and reason is null
        or not is_current and (bridged_share is null) <> (reason is not null)
    )::integer as n_without_reason
from flag_trends
