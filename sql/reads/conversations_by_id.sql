-- One row per conversation of a list of ids: what a person who labels it is shown.
select conversation_id, messages, context, final_output
from conversations
where conversation_id in ({{ ids }})
