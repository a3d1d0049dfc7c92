-- One row per lift: its rates and p-values, and whether every interval holds its estimate.
select
    metric || ' / ' || outcome || ' / ' || scope as metric,
    rate_true,
    rate_false,
    p,
    q,
    (not coalesce(rr_low <= rr and rr <= rr_high, true))::integer
        + (not coalesce(rd_low <= rd and rd <= rd_high, true))::integer
        + (not coalesce(adjusted_low <= adjusted_rr and adjusted_rr <= adjusted_high, true))::integer
        + (not coalesce(mh_low <= mh_rr and mh_rr <= mh_high, true))::integer
        + (not coalesce(corrected_low <= corrected_rr and corrected_rr <= corrected_high, true))::integer
        as outside_interval,
    (rr_low is null and reason is null)::integer
        + (adjusted_low is null and adjusted_reason is null)::integer as missing_without_reason
from metric_lift
