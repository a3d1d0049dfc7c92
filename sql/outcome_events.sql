-- One row per landed event row, correction and retraction, under the UTC day it occurred: what arrived
-- stays, and which of them count is decided where they are read (replaced_events). An event without a
-- time of its own takes its conversation's; while that is unknown the event waits in outcome_logs.
create table if not exists outcome_events (
    conversation_id varchar,              -- null: it names a user and a task
    user_id         varchar,
    task_id         varchar,
    outcome         varchar   not null,
    event_id        varchar,              -- the source's id of the event
    status          varchar   not null default 'recorded',
    value           double,               -- as logged; null: retracted without one
    value_kind      varchar   not null,   -- binary, ordinal, continuous
    occurred_at     timestamp not null,   -- UTC; without a logged one the conversation's start
    arrived_at      timestamp not null,   -- UTC; when we had it
    day             date      not null,   -- UTC day it occurred
    source_file     varchar   not null,   -- of outcome_logs
    source_line     bigint    not null,   -- of outcome_logs
    primary key (source_file, source_line),
    check (occurred_at::date = day),
    check (conversation_id is not null or (user_id is not null and task_id is not null)),
    check (value is not null or status = 'retracted')
);

insert into outcome_events by name
select
    logs.conversation_id,
    logs.user_id,
    logs.task_id,
    logs.outcome,
    logs.event_id,
    logs.status,
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
