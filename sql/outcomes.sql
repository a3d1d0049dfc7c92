-- One row per (conversation, outcome kind): positive, negative or open, as of what is known.
-- Open is not negative: a conversation is negative when its horizon has passed without a positive
-- event, or when an event said so.
create table if not exists outcomes (
    conversation_id  varchar   not null,
    outcome          varchar   not null,
    day              date      not null,
    state            varchar   not null check (state in ('positive', 'negative', 'open')),
    matured          boolean   not null,  -- the horizon has passed; only these enter a rate
    occurred_at      timestamp,           -- of the first positive event inside the horizon
    days_to_outcome  double,
    horizon_days     integer   not null,
    as_of            timestamp,           -- null: no outcome ever arrived
    primary key (conversation_id, outcome),
    check (not (matured and state = 'open'))
);

insert into outcomes by name
with kinds(outcome, horizon_days, at_least) as (values {{ kinds }}),
started as (
    select
        conversation_id,
        day,
        started_at,
        kinds.*,
        started_at + to_days(horizon_days::integer) as horizon_at
    from conversations cross join kinds
    where day >= $start and day < $end
),
seen as (
    select
        started.conversation_id,
        started.outcome,
        min(events.occurred_at) filter (events.value >= started.at_least) as positive_at,
        min(events.occurred_at) filter (events.value < started.at_least) as negative_at
    from started
    join outcome_events as events
        on events.conversation_id = started.conversation_id
        and events.outcome = started.outcome
        and events.occurred_at <= started.horizon_at
        -- an event at midnight is one of which only the day is known
        and events.occurred_at >= if(
            events.occurred_at = events.day, started.day::timestamp, started.started_at
        )
    group by all
),
waiting as (  -- landed and inside the horizon, but the day it occurred is not built yet
    select distinct started.conversation_id, started.outcome
    from started
    join outcome_logs as logs
        on logs.conversation_id = started.conversation_id and logs.outcome = started.outcome
    left join outcome_events as events
        on events.source_file = logs.file and events.source_line = logs.line
    where logs.reject_reason is null
        and events.source_file is null
        and coalesce(logs.occurred_at, started_at) >= started.day::timestamp
        and coalesce(logs.occurred_at, started_at) <= started.horizon_at
)
select
    started.conversation_id,
    started.outcome,
    started.day,
    case
        when positive_at is not null then 'positive'
        when waiting.conversation_id is not null then 'open'
        when negative_at is not null or as_of >= horizon_at then 'negative'
        else 'open'
    end as state,
    coalesce(as_of >= horizon_at, false) and state <> 'open' as matured,
    positive_at as occurred_at,
    greatest(date_diff('second', started_at, positive_at), 0) / 86400.0 as days_to_outcome,
    horizon_days::integer as horizon_days,
    as_of
from started
cross join known_up_to
left join seen
    on seen.conversation_id = started.conversation_id and seen.outcome = started.outcome
left join waiting
    on waiting.conversation_id = started.conversation_id and waiting.outcome = started.outcome;
