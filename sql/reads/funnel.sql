-- One row per step of the funnel, in order: how many came in, and how many are left.
select 1 as position, 'records read' as step, coalesce(sum(records), 0) as n
from log_files where kind = 'conversations'
union all
select 2, 'rejected', count(*) from conversation_logs where reject_reason is not null
union all
select 3, 'duplicates', count(*) from duplicate_lines
union all
select 4, 'merged into a conversation', coalesce(sum(len(sources) - 1), 0) from conversations
union all
select 5, 'conversations', count(*) from conversations
union all
select 6, 'with every judged metric scored', count(*) from (
    select conversation_id from judge_flags
    group by conversation_id having sum((flag = 'unscored')::integer) = 0
)
union all
select 7, 'outcome known', count(*) from outcomes where outcome = {{ outcome }} and matured
union all
select 8, 'outcome open', count(*)
from outcomes where outcome = {{ outcome }} and not matured and state <> 'superseded'
union all
select 9, 'with the outcome', count(*)
from outcomes where outcome = {{ outcome }} and matured and state = 'positive'
union all
select 10, 'desirable tier', count(*) from quality_tiers where train = 'desirable'
order by position
