-- One row per conversation of these days: keys, counts and days, no text.
select
    conversation_id,
    content_hash,
    len(messages) as n_messages,
    day::varchar as day,
    started_at::date::varchar as started_day
from conversations
where day >= $start and day < $end
