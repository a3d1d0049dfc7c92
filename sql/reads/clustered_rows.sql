-- One row per conversation whose outcome has matured: its user, its stratum as in reads/lift_cells.sql,
-- its flags (of judged ones those of the current epoch). Errors of several conversations of one user belong together.
select
    if(user_id is null, hash(conversation_id, 'nobody'), hash(user_id)) as "user",
    hash(coalesce(model, 'unknown'), coalesce(surface, 'unknown'){{ stratum_parts }}) as stratum,
    judge_weight as weight,
    {{ outcome }} as event,
    {{ flags }}
from labeled_conversations
left join (
    select distinct day, false as is_current from judge_flags where epoch <> {{ epoch }}
) as others using (day)
where {{ outcome }} is not null
