-- One row per (conversation, metric) that a human answered: true when any labelled turn says so.
create table if not exists human_labels (
    conversation_id varchar not null,
    metric          varchar not null,   -- the rubric's metric
    label           boolean not null,
    n_answers       bigint  not null,   -- rows of the drop behind it
    primary key (conversation_id, metric)
);

insert into human_labels by name
with sources(metric, label_metric, label_value, annotator) as (values {{ label_sources }})
select
    logs.conversation_id,
    sources.metric,
    bool_or(case
        when label_value is null then lower(logs.value) in ('1', '1.0', 'true', 'yes')
        else logs.value = label_value
    end) as label,
    count(*) as n_answers
from label_logs as logs
join sources
    on logs.metric = sources.label_metric
    and (sources.annotator is null or logs.annotator = sources.annotator)
where logs.reject_reason is null and logs.annotator_kind = 'human'
group by all;
