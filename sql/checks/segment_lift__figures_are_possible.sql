-- One row per segment and outcome: whether its figures can be.
select
    segment || ' / ' || outcome as segment,
    (events > n or events_rest > n_rest)::integer as n_not_nested,
    (not coalesce(rate between 0 and 1, true))::integer as n_outside_range,
    (
        not coalesce(rate between rate_low - 1e-9 and rate_high + 1e-9, true)
        or not coalesce(rr between rr_low and rr_high, true)
    )::integer as n_outside_interval,
    (rr_low is null and reason is null)::integer as n_without_reason
from segment_lift
