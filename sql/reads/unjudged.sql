-- One row per conversation of these days that lacks an answer of the current epoch.
select content_hash, conversation_id, day, messages, context, final_output
from conversations
where day >= $start and day < $end
    and (
        select count(*)
        from judge_verdicts as verdicts
        where verdicts.content_hash = conversations.content_hash
            and verdicts.epoch = {{ epoch }}
            and verdicts.metric in ({{ metric_ids }})
    ) < {{ metric_count }}
order by conversation_id
