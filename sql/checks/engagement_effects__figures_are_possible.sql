-- One row per behaviour, outcome and segment: whether its figures can be.
select
    metric || ' / ' || outcome || ' / ' || segment as segment,
    (n_adjusted > n)::integer as n_not_nested,
    (not (
        coalesce(rate_true between 0 and 1, true) and coalesce(rate_false between 0 and 1, true)
        and coalesce(never between 0 and 1, true) and coalesce(p between 0 and 1, true)
    ))::integer as n_outside_range,
    (not (
        coalesce(rr between rr_low and rr_high, true)
        and coalesce(adjusted_rd between adjusted_low and adjusted_high, true)
        and coalesce(adjusted_rr between adjusted_rr_low and adjusted_rr_high, true)
    ))::integer as n_outside_interval,
    (adjusted_low is null and reason is null)::integer as n_without_reason
from engagement_effects
