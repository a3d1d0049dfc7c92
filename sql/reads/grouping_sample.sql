-- One row per conversation of these days, with its stratum of the rubric and whether people answered
-- a judged question about it.
select
    content_hash,
    {{ stratum }} as stratum,
    conversation_id in (
        select conversation_id from human_labels where metric in ({{ metric_ids }})
    ) as is_labelled
from conversations
where day >= $start and day < $end
order by conversation_id
