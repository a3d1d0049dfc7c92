-- One row per matured conversation: its user, its flags and the outcome.
select conversation_id, user_id, {{ columns }}, {{ outcome }}
from labeled_conversations
where {{ outcome }} is not null
order by conversation_id
