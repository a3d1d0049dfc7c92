-- One row per (day, work) that an erasure opens again: the days of the records and conversations that go,
-- of refused lines, of conversations whose outcome or label goes, and those the outcomes occurred on.
select logs.day, 'day' as work
from conversation_logs as logs
semi join erased_conversation_logs using (file, line, part)
union
select file_day, 'day' from erased_conversation_logs
union
select file_day, 'day' from erased_outcome_logs
union
select file_day, 'day' from erased_label_logs
union
select day, 'day' from conversations where conversation_id in (select name from names)
union
select conversations.day, 'day'
from outcome_logs as logs
semi join erased_outcome_logs using (file, line, part)
join conversations using (conversation_id)
union
select conversations.day, 'recorded_labels'
from label_logs as logs
semi join erased_label_logs using (file, line, part)
join conversations using (conversation_id)
union
select day, 'events'
from outcome_events
where (source_file, source_line) in (select (file, line) from erased_outcome_logs)
