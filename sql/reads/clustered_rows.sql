-- One row per conversation whose outcome has matured: its user, its stratum as in reads/lift_cells.sql,
-- its flags, those of the current epoch or definition. Errors of several conversations of one user belong
-- together.
with others(day, _others) as (values {{ others }})
select
    if(user_id is null, hash(conversation_id, 'nobody'), hash(user_id)) as "user",
    hash(coalesce(model, 'unknown'), coalesce(surface, 'unknown'){{ stratum_parts }}) as stratum,
    judge_weight as weight,
    {{ outcome }} as event,
    {{ flags }}
from labeled_conversations
left join others using (day)
where {{ outcome }} is not null
