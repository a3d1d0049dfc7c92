-- One row per (conversation, judged metric): the current epoch's flag; a question that was never
-- answered is `unscored`, with its reason. On days that were judged by sample, so is what was not
-- drawn, even if it happens to have an answer.
create table if not exists judge_flags (
    conversation_id varchar not null,
    metric          varchar not null,
    day             date    not null,
    flag            varchar not null
        check (flag in ('true', 'false', 'not_applicable', 'unscored')),
    reason          varchar not null,
    epoch           varchar not null,
    definition_hash varchar not null,   -- of the metric's entry in the rubric, 16 digits; then
                                        -- `:unscored` where unverified positives are
    primary key (conversation_id, metric)
);

insert into judge_flags by name
with metrics(metric, definition_hash) as (values {{ metrics }}),
verdicts as (
    select
        content_hash,
        metric,
        -- by the rubric's choice, a positive whose quote is not in the conversation is no answer
        quote_match = 'unverified' and {{ unverified_is_unscored }} as set_aside,
        if(set_aside, 'unscored', flag) as flag,
        if(set_aside, 'unverified_quote', reason) as reason
    from judge_verdicts
    where epoch = {{ epoch }}
),
drawn as (
    select conversation_id, day from judge_samples where epoch = {{ epoch }}
),
counted as (  -- conversations whose answers count
    select conversation_id, content_hash
    from conversations
    where day not in (select day from drawn)
        or conversation_id in (select conversation_id from drawn)
)
select
    conversations.conversation_id,
    metrics.metric,
    conversations.day,
    coalesce(verdicts.flag, 'unscored') as flag,
    coalesce(
        verdicts.reason, skipped.reason,
        if(counted.conversation_id is null, 'not_sampled', 'not_asked')
    ) as reason,
    {{ epoch }} as epoch,
    metrics.definition_hash
from conversations
cross join metrics
left join counted using (conversation_id)
left join verdicts
    on verdicts.content_hash = counted.content_hash and verdicts.metric = metrics.metric
left join judge_skipped as skipped
    on skipped.content_hash = conversations.content_hash and skipped.epoch = {{ epoch }}
where metrics.metric is not null
    and conversations.day >= $start and conversations.day < $end;
