-- One row per step of the funnel, in order: how many came in, and how many are left.
select 1 as position, 'lines read' as step, coalesce(sum(lines), 0) as n
from log_files where kind = 'conversations'
union all
select 2, 'rejected', count(*) from conversation_logs where reject_reason is not null
union all
select 3, 'duplicate lines', count(*) - count(distinct conversation_id)
from conversation_logs where reject_reason is null
union all
select 4, 'conversations', count(*) from conversations
union all
select 5, 'with every judged metric scored', count(*) from (
    select conversation_id from judge_flags
    group by conversation_id having sum((flag = 'unscored')::integer) = 0
)
union all
select 6, 'outcome known', count(*) from outcomes where outcome = {{ outcome }} and matured
union all
select 7, 'outcome open', count(*) from outcomes where outcome = {{ outcome }} and not matured
union all
select 8, 'with the outcome', count(*)
from outcomes where outcome = {{ outcome }} and matured and state = 'positive'
union all
select 9, 'desirable tier', count(*) from quality_tiers where train = 'desirable'
union all
select 10, 'SFT examples', count(*) from sft_examples
union all
select 11, 'DPO pairs', count(*) from dpo_pairs
union all
select 12, 'KTO examples', count(*) from kto_examples
order by position
