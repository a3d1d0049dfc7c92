-- One row per day of outcome events that were landed and are not in outcome_events yet; days of a file
-- that cannot be read fail by themselves.
select day
from day_changes
where work = 'events' and built < change
    and day not in (select file_day from log_files where status = 'unreadable' and kind = 'outcomes')
