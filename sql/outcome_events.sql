-- One row per outcome event, under the UTC day it occurred. An event without a time of its own
-- takes its conversation's; while that conversation is unknown the event waits in outcome_logs.
create table if not exists outcome_events (
    conversation_id varchar   not null,
    outcome         varchar   not null,
    value           double    not null,
    value_kind      varchar   not null,
    occurred_at     timestamp not null,
    arrived_at      timestamp not null,
    day             date      not null,
    source_file     varchar   not null,
    source_line     bigint    not null,
    primary key (source_file, source_line),
    check (occurred_at::date = day)
);

insert into outcome_events by name
select
    logs.conversation_id,
    logs.outcome,
    logs.value,
    logs.value_kind,
    coalesce(logs.occurred_at, conversations.started_at) as occurred_at,
    greatest(
        coalesce(logs.arrived_at, logs.occurred_at, conversations.started_at),
        coalesce(logs.occurred_at, conversations.started_at)
    ) as arrived_at,
    coalesce(logs.occurred_at, conversations.started_at)::date as day,
    logs.file as source_file,
    logs.line as source_line
from outcome_logs as logs
left join conversations using (conversation_id)
where logs.reject_reason is null
    and coalesce(logs.occurred_at, conversations.started_at) >= $start::timestamp
    and coalesce(logs.occurred_at, conversations.started_at) < $end::timestamp;
