-- One row per tier, reason and period: whether its figures can be. An interval may have no upper end.
select
    tier || if(reason = '', '', ' (' || reason || ')') || ', ' || period as tier,
    (events > n_matured or n_matured > n or events_reference > n_reference)::integer as n_not_nested,
    (
        not coalesce(rate between 0 and 1, true)
        or not coalesce(rate_reference between 0 and 1, true)
        or not coalesce(p between 0 and 1, true)
    )::integer as n_outside_range,
    (not coalesce(rr between rr_low and coalesce(rr_high, 'infinity'::double), true))::integer
        as n_outside_interval
from tier_lift
