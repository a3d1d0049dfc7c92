-- One row per (conversation, metric) that a human answered: true when any labelled turn says so.
create table if not exists human_labels (
    conversation_id varchar not null,
    metric          varchar not null,   -- the rubric's metric
    label           boolean not null,   -- true: yes to the question
    n_answers       bigint  not null,   -- rows of the drop behind it
    primary key (conversation_id, metric)
);

insert into human_labels by name
with sources(metric, label_metric, label_value, annotator) as (values {{ label_sources }}),
labels as (
    select
        logs.conversation_id as name,
        sources.metric,
        case
            when label_value is not null then logs.value = label_value
            when lower(trim(logs.value)) in ('1', '1.0', 'true', 'yes') then true
            when lower(trim(logs.value)) in ('0', '0.0', 'false', 'no') then false
        end as is_true  -- null: neither yes nor no, so no label
    from label_logs as logs
    join sources
        on logs.metric = sources.label_metric
        and (sources.annotator is null or logs.annotator = sources.annotator)
    where logs.reject_reason is null and logs.annotator_kind = 'human'
),
names as (  -- what a label may call a conversation: its id, or a trace or span logged with it
    select conversation_id as name, conversation_id from conversation_logs
    where reject_reason is null
    union
    select unnest([attributes ->> '$.trace_id', attributes ->> '$.span_id']), conversation_id
    from conversation_logs
    where reject_reason is null
)
select
    coalesce(names.conversation_id, labels.name) as conversation_id,  -- a label may come first
    metric,
    bool_or(is_true) as label,
    count(*) as n_answers
from labels
left join names using (name)
where is_true is not null
group by all;
