-- One row per outcome kind: its conversations of these days, and positives outside their horizon.
select
    outcome,
    count(*) as n_outcomes,
    (select count(*) from conversations where day >= $start and day < $end) as n_conversations,
    sum((state = 'positive' and (days_to_outcome < 0 or days_to_outcome > horizon_days))::integer)
        as n_outside_horizon
from outcomes
where day >= $start and day < $end
group by outcome
