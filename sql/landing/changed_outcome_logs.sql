-- One row per (day, work) that changed outcome rows open again: the days the events occurred, the days
-- of their conversations, the days of refused rows, and days that are matured by what is known now.
select coalesce(changed.occurred_at, conversations.started_at)::date as day, 'events' as work
from changed
left join conversations using (conversation_id)
where changed.conversation_id is not null
    and coalesce(changed.occurred_at, conversations.started_at) is not null
union
select conversations.day, 'day'
from conversations
where conversations.conversation_id in (select conversation_id from changed)
union
select day, 'day' from changed where conversation_id is null
union
select conversations.day, 'day'
from outcomes
join conversations using (conversation_id)
cross join known_up_to
where not outcomes.matured
    and conversations.started_at + to_days(outcomes.horizon_days) <= known_up_to.as_of
    and exists (from changed)
