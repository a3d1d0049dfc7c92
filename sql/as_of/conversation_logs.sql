-- One row per conversation record of a day that had come; what people said is in conversations.
select * replace (null as messages, null as context, null as final_output)
from present.conversation_logs
where day < $as_of
