-- One row per (day, work) that changed conversation lines open again: their days, the days of all other
-- lines of their conversations, and those of the other conversations of their users about their tasks,
-- of which one may stand for all.
with tasks as (
    select user_id, task_id
    from conversation_logs
    where conversation_id in (select conversation_id from changed)
    union
    select user_id, task_id
    from conversations
    where conversation_id in (select conversation_id from changed)
)
select day, 'day' as work from changed
union
select logs.day, 'day'
from conversation_logs as logs
where logs.conversation_id in (select conversation_id from changed)
union
select conversations.day, 'day'
from conversations
where conversations.conversation_id in (select conversation_id from changed)
union
select conversations.day, 'day'
from conversations
semi join tasks using (user_id, task_id)
