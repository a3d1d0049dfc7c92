-- One row per outcome and what may move it: whether its figures can be.
select
    outcome || ' / ' || cause as cause,
    (not (
        coalesce(rate between 0 and 1, true) and coalesce(rate_versus between 0 and 1, true)
    ))::integer as n_outside_range,
    (not (
        coalesce(rd between rd_low and rd_high, true) and coalesce(rr between rr_low and rr_high, true)
    ))::integer as n_outside_interval,
    (rd_low is null and reason is null)::integer as n_without_reason
from outcome_effects
