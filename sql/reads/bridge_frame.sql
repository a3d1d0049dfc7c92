-- One row per conversation that an epoch judged as it still stands: its week, and whether it was drawn
-- into the bridge to another epoch before.
select
    content_hash,
    conversation_id,
    day,
    date_trunc('week', day)::varchar as stratum,
    content_hash in (
        select content_hash
        from judge_bridge_samples
        where from_epoch = {{ from_epoch }} and to_epoch = {{ to_epoch }}
    ) as is_drawn
from conversations
where content_hash in (select content_hash from judge_verdicts where epoch = {{ from_epoch }})
order by conversation_id
