-- One row: conversations of these days, their flags and outcomes, in the wide table and in the long ones.
with wide as (
    from labeled_conversations where day >= $start and day < $end
),
flags as (
    select conversation_id, flag from heuristic_flags where day >= $start and day < $end
    union all
    select conversation_id, flag from judge_flags where day >= $start and day < $end
),
held as (
    select
        conversation_id,
        count(*) as n_flags,
        count_if(flag in ('true', 'false')) as n_scored
    from flags
    group by conversation_id
),
known as (
    select
        conversation_id,
        count_if(matured) as n_matured,
        count_if(matured and state = 'positive') as n_positive
    from outcomes
    where day >= $start and day < $end
    group by conversation_id
),
own as (
    select conversation_id, true as is_there from conversations where day >= $start and day < $end
),
joined as (
    select
        conversation_id,
        is_there,
        wide.day is null as is_missing,
        is_there is null as is_other,
        coalesce(is_there and coalesce(n_flags, 0) <> {{ n_metrics }}, false) as is_incomplete,
        coalesce(judge_weight < 1, false) as is_light,
        wide.day is not null and {{ scored }} <> coalesce(n_scored, 0) as has_other_flags,
        wide.day is not null
            and ({{ matured }} <> coalesce(n_matured, 0) or {{ positive }} <> coalesce(n_positive, 0))
            as has_other_outcomes
    from own
    full join wide using (conversation_id)
    left join held using (conversation_id)
    left join known using (conversation_id)
)
select
    'days' as scope,
    count(is_there) as n_conversations,
    count_if(is_missing) as n_missing,
    min(conversation_id, 5) filter (is_missing) as n_missing__ids,
    count_if(is_other) as n_of_others,
    min(conversation_id, 5) filter (is_other) as n_of_others__ids,
    count_if(is_incomplete) as n_incomplete,
    min(conversation_id, 5) filter (is_incomplete) as n_incomplete__ids,
    count_if(is_light) as n_too_light,
    min(conversation_id, 5) filter (is_light) as n_too_light__ids,
    count_if(has_other_flags) as n_other_flags,
    min(conversation_id, 5) filter (has_other_flags) as n_other_flags__ids,
    count_if(has_other_outcomes) as n_other_outcomes,
    min(conversation_id, 5) filter (has_other_outcomes) as n_other_outcomes__ids
from joined
