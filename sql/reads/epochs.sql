-- One row per epoch that answered or whose flags stand: what it was (null: it was not noted), what it
-- judged, which days' flags are of it. Newest first.
with answered as (
    select
        epoch,
        mode(judge) as answered_by,
        min(day) as first_day,
        max(day) as last_day,
        count(distinct content_hash) as n_conversations
    from judge_verdicts
    group by epoch
),
flagged as (
    select
        epoch,
        count(distinct conversation_id) as n_flagged,
        count(distinct day) as n_days_flagged,
        min(day) as first_flagged,
        max(day) as last_flagged
    from judge_flags
    group by epoch
),
called as (
    select epoch, max(sent_at) as last_call from judge_calls group by epoch
)
select
    epoch,
    coalesce(noted.judge, answered_by) as judge,
    noted.prompt_version,
    noted.grouping,
    noted.rubric,
    noted.rubric_version,
    noted.metrics_hash,
    answered.first_day,
    answered.last_day,
    coalesce(answered.n_conversations, 0) as n_conversations,
    coalesce(n_flagged, 0) as n_flagged,
    coalesce(n_days_flagged, 0) as n_days_flagged,
    first_flagged,
    last_flagged
from answered
full join flagged using (epoch)
left join judge_epochs as noted using (epoch)
left join called using (epoch)
order by
    greatest(last_flagged, answered.last_day) desc nulls last, last_call desc nulls last, epoch
