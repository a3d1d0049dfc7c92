-- One row per conversation of a list of content hashes: what a judge is shown, and its keys.
select content_hash, conversation_id, day, messages, context, final_output
from conversations
where content_hash in ({{ hashes }}) and day >= $start and day < $end
