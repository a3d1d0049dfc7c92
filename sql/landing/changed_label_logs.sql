-- One row per (day, work) that changed label rows open again: the days of their conversations, when a
-- recorded judge reads them, and the days of refused rows. A label may name a trace or a span.
select conversations.day, 'recorded_labels' as work
from conversations
where conversations.conversation_id in (
    select conversation_id from changed
    union
    select conversation_id
    from (
        select
            unnest([attributes ->> '$.trace_id', attributes ->> '$.span_id']) as name,
            conversation_id
        from conversation_logs
        where reject_reason is null
    )
    where name in (select conversation_id from changed)
)
union
select day, 'day' from changed where conversation_id is null
