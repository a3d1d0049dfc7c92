-- One row per conversation of these days that falls into one of several shards of about one size.
from conversation_texts
where day >= $start and day < $end and hash(conversation_id) % {{ shards }} = {{ shard }}
