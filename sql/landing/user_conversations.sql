-- One row per name of a conversation of a user who may have several ids: its id, and the trace or span it
-- was logged with, unless another conversation has it too.
with ids as (
    select conversation_id from conversation_logs where user_id in (select unnest($users))
    union
    select conversation_id from conversations where user_id in (select unnest($users))
    union  -- logs that do not say whose a conversation is; an outcome does
    select conversation_id
    from outcome_logs
    anti join (from conversation_logs where user_id is not null) using (conversation_id)
    where user_id in (select unnest($users)) and conversation_id is not null
),
names as (
    select unnest([attributes ->> '$.trace_id', attributes ->> '$.span_id']) as name, conversation_id
    from conversation_logs
    where reject_reason is null
        and (contains(attributes, '"trace_id"') or contains(attributes, '"span_id"'))
    union
    select conversation_id, conversation_id from conversation_logs where reject_reason is null
)
select conversation_id as name, true as is_id
from ids
union all
select name, false
from names
where name is not null and name not in (select conversation_id from ids)
group by name
having bool_and(conversation_id in (select conversation_id from ids))
order by name
