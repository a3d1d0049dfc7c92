-- One row per outcome row that had arrived: by its own arrival, else by when it occurred, else by the
-- conversation it is about.
select logs.*
from present.outcome_logs as logs
left join present.conversations using (conversation_id)
where if(
    logs.reject_reason is null,
    coalesce(greatest(logs.arrived_at, logs.occurred_at), logs.arrived_at, logs.occurred_at,
             conversations.started_at),
    logs.day
) < $as_of
