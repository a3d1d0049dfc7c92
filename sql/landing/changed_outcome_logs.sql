-- One row per (day, work) that a landing of outcomes opens again: the days the events occurred, the days
-- of all conversations their decisions may be about, the days of refused rows, and the days that were
-- followed for fewer whole days than are known now, until their horizon has passed.
with versions as (  -- changed rows, and what is left of the events they are versions of
    select conversation_id, user_id, task_id from changed
    union
    select conversation_id, user_id, task_id
    from outcome_logs
    semi join changed using (outcome, event_id)
    where reject_reason is null
),
named as (
    select day, user_id, task_id
    from conversations
    semi join versions using (conversation_id)
),
tasks as (
    select user_id, task_id from named
    union
    select user_id, task_id from versions where conversation_id is null
)
select coalesce(changed.occurred_at, conversations.started_at)::date as day, 'events' as work
from changed
left join conversations using (conversation_id)
where coalesce(changed.occurred_at, conversations.started_at) is not null
union
select day, 'day' from named
union
select conversations.day, 'day'
from conversations
semi join tasks using (user_id, task_id)
union
select day, 'day' from changed where conversation_id is null and task_id is null
union
select conversations.day, 'day'
from outcomes
join conversations using (conversation_id)
cross join known_up_to
where not outcomes.matured and outcomes.state <> 'superseded'
    and outcomes.seen_days < if(
        conversations.started_at + to_days(outcomes.horizon_days) <= known_up_to.as_of,
        greatest(outcomes.horizon_days, 1),
        date_sub('day', conversations.started_at, known_up_to.as_of)
    )
