-- One row per term or context: whether its figures can be.
select
    failure_id,
    (n_users > n)::integer as n_not_nested,
    (not (
        coalesce(rate between 0 and 1, true) and coalesce(rate_without between 0 and 1, true)
        and coalesce(share_unexplained between 0 and 1, true)
        and coalesce(share_explained between 0 and 1, true)
        and coalesce(p between 0 and 1, true) and coalesce(q between 0 and 1, true)
    ))::integer as n_outside_range,
    (not (
        coalesce(rate between rate_low and rate_high, true)
        and coalesce(rd between rd_low and rd_high, true)
        and coalesce(rr between rr_low and rr_high, true)
    ))::integer as n_outside_interval,
    (rd_low is null and reason is null)::integer as n_without_reason
from failure_modes
