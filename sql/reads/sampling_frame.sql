-- One row per conversation of these days, with its stratum of the rubric.
select content_hash, conversation_id, day, {{ stratum }} as stratum
from conversations
where day >= $start and day < $end
order by conversation_id
