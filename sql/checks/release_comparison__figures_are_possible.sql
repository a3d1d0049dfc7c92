-- One row per product release and flag or outcome: whether its figures can be.
select
    release || ' / ' || measure as release,
    (events > n or events_reference > n_reference or n_adjusted > n + n_reference)::integer
        as n_not_nested,
    (not (
        coalesce(rate between 0 and 1, true)
        and coalesce(rate_reference between 0 and 1, true)
        and coalesce(q between 0 and 1, true)
        and coalesce(bridged_rate between 0 and 1, true)
        and coalesce(bridged_rate_reference between 0 and 1, true)
    ))::integer as n_outside_range,
    (not (
        coalesce(rate between rate_low - 1e-9 and rate_high + 1e-9, true)
        and coalesce(adjusted_rd between adjusted_low and adjusted_high, true)
        and coalesce(adjusted_rd between sequential_low and sequential_high, true)
        and coalesce(paired_rd between paired_low - 1e-9 and paired_high + 1e-9, true)
        and coalesce(worst_rd between worst_low and worst_high, true)
        and coalesce(bridged_rd between bridged_low - 1e-9 and bridged_high + 1e-9, true)
    ))::integer as n_outside_interval,
    (
        sequential_low is null and reason is null
        or reason = 'epochs_differ' and bridged_rd is null and bridge_reason is null
    )::integer as n_without_reason
from release_comparison
