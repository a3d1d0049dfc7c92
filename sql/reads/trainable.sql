-- One row per conversation of these days whose tier says how to train on it.
select
    conversations.conversation_id,
    conversations.day,
    conversations.user_id,
    conversations.messages,
    conversations.context,
    conversations.final_output,
    tiers.tier,
    tiers.train
from conversations
join quality_tiers as tiers using (conversation_id)
where tiers.train in ({{ trains }}) and conversations.day >= $start and conversations.day < $end
order by conversations.conversation_id
