-- One row per (conversation, judged metric): the current epoch's flag; a question that was never
-- answered is `unscored`, with its reason.
create table if not exists judge_flags (
    conversation_id varchar not null,
    metric          varchar not null,
    day             date    not null,
    flag            varchar not null
        check (flag in ('true', 'false', 'not_applicable', 'unscored')),
    reason          varchar not null,
    epoch           varchar not null,
    definition_hash varchar not null,
    primary key (conversation_id, metric)
);

insert into judge_flags by name
with metrics(metric, definition_hash) as (values {{ metrics }})
select
    conversations.conversation_id,
    metrics.metric,
    conversations.day,
    coalesce(verdicts.flag, 'unscored') as flag,
    coalesce(verdicts.reason, 'not_asked') as reason,
    {{ epoch }} as epoch,
    metrics.definition_hash
from conversations
cross join metrics
left join judge_verdicts as verdicts
    on verdicts.content_hash = conversations.content_hash
    and verdicts.metric = metrics.metric
    and verdicts.epoch = {{ epoch }}
where metrics.metric is not null
    and conversations.day >= $start and conversations.day < $end;
