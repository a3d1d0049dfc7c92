-- One row per (day, work) that changed conversation lines open again: their days, and the days of all
-- other lines of their conversations.
select day, 'day' as work from changed
union
select logs.day, 'day'
from conversation_logs as logs
where logs.conversation_id in (select conversation_id from changed)
union
select conversations.day, 'day'
from conversations
where conversations.conversation_id in (select conversation_id from changed)
