-- One row per annotator some of whose labels name no conversation that was logged, by id, trace or
-- span: how many labels these are, and how many names.
with names as (
    select conversation_id as name from conversation_logs where reject_reason is null
    union
    select unnest([attributes ->> '$.trace_id', attributes ->> '$.span_id'])
    from conversation_logs
    where reject_reason is null
)
select
    annotator_kind,
    annotator,
    count(*) as n_labels,
    count(distinct conversation_id) as n_names
from label_logs
anti join names on names.name = label_logs.conversation_id
where reject_reason is null
group by all
order by n_labels desc, annotator_kind, annotator
