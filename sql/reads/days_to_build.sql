-- One row per day something was logged for, or was once: whether conversations or refused lines
-- stand under it, or only outcome events.
select day, bool_or(has_lines) as has_lines, not bool_and(has_lines) as has_events
from (
    select day, true as has_lines from conversation_logs
    union all
    select day, true from outcome_logs where reject_reason is not null
    union all
    select day, true from label_logs where reject_reason is not null
    union all
    select day, true from conversations
    union all
    select day, true from rejected_lines
    union all
    select file_day, true from log_files where status = 'unreadable'
    union all
    select day, false from outcome_events
    union all
    select occurred_at::date, false
    from outcome_logs
    where occurred_at is not null and reject_reason is null
)
group by day
order by day desc
