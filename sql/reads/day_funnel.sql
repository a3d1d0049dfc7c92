-- One row per step from the lines of these days to what is known of their conversations, in order.
-- Lines that were refused count under the day of their file.
select 1 as position, 'lines landed' as step, count(*) as n
from conversation_logs where day >= $start and day < $end
union all
select 2, 'lines accepted', count(*)
from conversation_logs where day >= $start and day < $end and reject_reason is null
union all
select 3, 'conversations', count(*) from conversations where day >= $start and day < $end
union all
select 4, 'with a heuristic flag', count(distinct conversation_id)
from heuristic_flags where day >= $start and day < $end and flag in ('true', 'false')
union all
select 5, 'with a judged flag', count(distinct conversation_id)
from judge_flags where day >= $start and day < $end and flag in ('true', 'false')
union all
select 6, 'outcome known', count(*)
from outcomes
where day >= $start and day < $end and outcome = {{ outcome }} and state in ('positive', 'negative')
union all
select 7, 'outcome matured', count(*)
from outcomes where day >= $start and day < $end and outcome = {{ outcome }} and matured
union all
select 8, 'with the outcome', count(*)
from outcomes
where day >= $start and day < $end and outcome = {{ outcome }} and matured and state = 'positive'
order by position
