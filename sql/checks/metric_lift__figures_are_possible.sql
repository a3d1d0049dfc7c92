-- One row per lift: its rates and p-values, and whether the interval holds the estimate.
select
    metric || ' / ' || outcome || ' / ' || scope as metric,
    rate_true,
    rate_false,
    p,
    q,
    (rr is not null and rr_low is not null and not (rr_low <= rr and rr <= rr_high))::integer
        as outside_interval,
    (rr_low is null and reason is null)::integer as missing_without_reason
from metric_lift
