-- One row per name of a list that stands for a logged conversation: its id, its trace or its span.
with names as (
    select conversation_id as name from conversations
    union
    select unnest([attributes ->> '$.trace_id', attributes ->> '$.span_id']) from conversations
)
select name from names where name in ({{ ids }})
