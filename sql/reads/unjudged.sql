-- One row per conversation of these days that lacks an answer of the current epoch: which questions
-- have one, whether a batch has been asked, and how many replies could not be used in full.
with asked as (
    select content_hash, conversation_id, day
    from conversations
    where day >= $start and day < $end
),
answers as (
    select content_hash, list(metric) as answered
    from judge_verdicts
    where epoch = {{ epoch }} and metric in ({{ metric_ids }})
        and content_hash in (select content_hash from asked)
    group by content_hash
)
select
    asked.*,
    coalesce(answers.answered, []) as answered,
    exists (
        from judge_calls as calls
        where calls.content_hash = asked.content_hash
            and calls.epoch = {{ epoch }}
            and calls.result = 'pending'
    ) as in_batch,
    (
        select count(*)
        from judge_calls as calls
        where calls.content_hash = asked.content_hash
            and calls.epoch = {{ epoch }}
            and calls.result in ('partial', 'unusable')
    ) as n_unusable
from asked
left join answers using (content_hash)
where coalesce(len(answers.answered), 0) < {{ metric_count }}
order by asked.conversation_id
