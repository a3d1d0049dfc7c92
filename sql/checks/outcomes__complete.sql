-- One row per outcome kind: its conversations of these days, those without a counterpart, positives
-- outside their horizon, and decisions for which more than one of these conversations counts.
with kinds(outcome) as (values {{ kinds }}),
wanted as (
    select conversation_id, outcome, day, user_id, task_id
    from conversations cross join kinds
    where day >= $start and day < $end
),
own as (
    from outcomes where day >= $start and day < $end
),
joined as (
    select
        conversation_id,
        outcome,
        own.state is null as is_missing,
        wanted.day is null as is_other,
        coalesce(state = 'positive' and not days_to_outcome between 0 and own.horizon_days, false)
            as is_outside,
        coalesce(
            (state = 'positive') <> (event_day is not null)
            or seen_days not between 0 and greatest(own.horizon_days, 1),
            false
        ) as is_contradictory,
        decided_by = 'task' and state <> 'superseded' and user_id is not null
            and task_id is not null as counts_for_a_task,
        count_if(counts_for_a_task) over (partition by outcome, user_id, task_id) as n_counting
    from wanted
    full join own using (conversation_id, outcome)
)
select
    outcome,
    count_if(not is_other) as n_conversations,
    count_if(is_missing) as n_missing,
    min(conversation_id, 5) filter (is_missing) as n_missing__ids,
    count_if(is_other) as n_of_others,
    min(conversation_id, 5) filter (is_other) as n_of_others__ids,
    count_if(is_outside) as n_outside_horizon,
    min(conversation_id, 5) filter (is_outside) as n_outside_horizon__ids,
    count_if(is_contradictory) as n_contradictory,
    min(conversation_id, 5) filter (is_contradictory) as n_contradictory__ids,
    count_if(counts_for_a_task and n_counting > 1) as n_decisions_twice,
    min(conversation_id, 5) filter (counts_for_a_task and n_counting > 1) as n_decisions_twice__ids
from joined
group by outcome
