-- One row per outcome kind: its conversations of these days, positives outside their horizon, and
-- decisions for which more than one of these conversations counts.
with repeated as (
    select outcome, count(*) as n
    from (
        select outcome
        from outcomes
        join conversations using (conversation_id, day)
        where day >= $start and day < $end and decided_by = 'task' and state <> 'superseded'
            and user_id is not null and task_id is not null
        group by outcome, user_id, task_id
        having count(*) > 1
    )
    group by outcome
)
select
    outcome,
    count(*) as n_outcomes,
    (select count(*) from conversations where day >= $start and day < $end) as n_conversations,
    sum((state = 'positive' and (days_to_outcome < 0 or days_to_outcome > horizon_days))::integer)
        as n_outside_horizon,
    coalesce(any_value(repeated.n), 0) as n_decisions_twice
from outcomes
left join repeated using (outcome)
where day >= $start and day < $end
group by outcome
