-- One row per day something was logged for: whether lines of logs stand under it, or only events.
select day, bool_or(has_lines) as has_lines
from (
    select day, true as has_lines from conversation_logs
    union all
    select day, true from outcome_logs where reject_reason is not null
    union all
    select day, true from label_logs where reject_reason is not null
    union all
    select occurred_at::date, false
    from outcome_logs
    where occurred_at is not null and reject_reason is null
)
group by day
order by day desc
