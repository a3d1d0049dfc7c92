-- One row per (conversation, outcome kind): positive, negative, open or superseded, as of what is known.
-- Open is not negative: a conversation is negative when its horizon has passed without a positive
-- event, or when an event said so. Of a kind that a user decides once for a task, one of the task's
-- conversations counts and the others are superseded: one decision is one row.
create table if not exists outcomes (
    conversation_id  varchar   not null,
    outcome          varchar   not null,
    day              date      not null,
    state            varchar   not null   -- positive, negative, open (not known yet) or superseded
        check (state in ('positive', 'negative', 'open', 'superseded')),
    matured          boolean   not null,  -- the horizon has passed; only these enter a rate
    occurred_at      timestamp,           -- of the first positive event inside the horizon
    days_to_outcome  double,              -- from the start to the event
    event_day        integer,             -- whole days from the start to it; the horizon is in the last
    seen_days        integer   not null default 0,  -- whole days waited for, to the horizon at most;
                                          -- an event counts when event_day < seen_days
    decided_by       varchar   not null default 'conversation',  -- or task
    horizon_days     integer   not null,
    as_of            timestamp,           -- null: no outcome ever arrived
    primary key (conversation_id, outcome),
    check (not (matured and state in ('open', 'superseded'))),
    check (event_day >= 0)
);

insert into outcomes by name
with kinds(outcome, horizon_days, at_least, decided_by, attribution) as (values {{ kinds }}),
own as (
    select conversation_id, day, started_at, user_id, task_id
    from conversations
    where day >= $start and day < $end
),
tasks as (  -- none, where neither a kind nor an event is about tasks
    select distinct user_id, task_id
    from own
    where user_id is not null and task_id is not null
        and (
            exists (from kinds where decided_by = 'task')
            or exists (from outcome_logs where conversation_id is null and task_id is not null)
        )
),
members as (  -- these conversations and the others of their tasks, built or only landed so far
    from own
    union
    select conversation_id, day, started_at, user_id, task_id
    from conversations
    semi join tasks using (user_id, task_id)
    union all
    select conversation_id, first_at::date, first_at, user_id, task_id
    from (
        select
            conversation_id,
            user_id,
            task_id,
            coalesce(
                arg_max(started_at, {'n': n_messages, 'file': file, 'line': line, 'part': part})
                    filter (holds = 'conversation'),
                min(started_at)
            ) as first_at
        from conversation_logs
        semi join tasks using (user_id, task_id)
        anti join conversations using (conversation_id)
        where reject_reason is null
        group by conversation_id, user_id, task_id
    )
),
placed as (
    select
        members.*,
        kinds.*,
        started_at + to_days(horizon_days::integer) as horizon_at,
        json_array(conversation_id)::varchar as alone,
        if(user_id is not null and task_id is not null, json_array(user_id, task_id)::varchar, null)
            as task,
        if(decided_by = 'task', coalesce(task, alone), alone) as decision,
        -- of the conversations of a decision the first in this order counts
        if(attribution = 'last', -1, 1) * epoch_us(started_at) as rank
    from members cross join kinds
),
known as (  -- events about these conversations, by what is known
    select
        source_file as file, source_line as line, conversation_id, user_id, task_id, outcome, value,
        occurred_at, true as is_built
    from outcome_events
    cross join known_up_to
    where status <> 'retracted' and arrived_at <= as_of
        and (
            conversation_id in (select conversation_id from members)
            or (conversation_id is null and (user_id, task_id) in (select (user_id, task_id) from tasks))
        )
    union all
    select
        file, line, conversation_id, waiting.user_id, waiting.task_id, outcome, value,
        coalesce(occurred_at, members.started_at), false
    from (  -- landed, but the day it occurred is not built yet
        from outcome_logs as logs
        cross join known_up_to
        where reject_reason is null and status <> 'retracted'
            and coalesce(greatest(arrived_at, occurred_at) <= as_of, true)
            and (
                conversation_id in (select conversation_id from members)
                or (conversation_id is null
                    and (user_id, task_id) in (select (user_id, task_id) from tasks))
            )
            and not exists (
                from outcome_events as events
                where events.source_file = logs.file and events.source_line = logs.line
            )
    ) as waiting
    left join members using (conversation_id)
),
newest as (  -- their newest versions, each with what it is about: a conversation, or a whole task
    select
        known.*,
        coalesce(named.decision, json_array(known.user_id, known.task_id)::varchar) as subject
    from known
    left join placed as named
        on named.conversation_id = known.conversation_id and named.outcome = known.outcome
    anti join replaced_events as replaced
        on replaced.file = known.file and replaced.line = known.line
),
attributed as (  -- each event, for the one conversation it goes to: one that began before it
    select
        newest.* exclude (conversation_id, user_id, task_id),
        subjects.* exclude (outcome, subject, day, started_at)
    from newest
    join (
        select *, unnest(list_distinct([alone, task])) as subject from placed
    ) as subjects using (outcome, subject)
    where newest.occurred_at >= if(
        -- an event at midnight is one of which only the day is known
        newest.occurred_at = newest.occurred_at::date, subjects.day::timestamp, subjects.started_at
    )
    qualify row_number() over (
        partition by file, line, outcome order by rank, subjects.conversation_id
    ) = 1
),
counted as (  -- of each decision the one conversation that counts: that of its first positive event,
    select    -- inside the horizon if there is one; without any the first in order
        placed.outcome,
        placed.decision,
        coalesce(
            arg_min(attributed.conversation_id, {
                'is_late': attributed.occurred_at > attributed.horizon_at,
                'occurred_at': attributed.occurred_at,
                'conversation_id': attributed.conversation_id
            }) filter (attributed.value >= attributed.at_least),
            arg_min(placed.conversation_id, {
                'rank': placed.rank, 'conversation_id': placed.conversation_id
            })
        ) as conversation_id
    from placed
    left join attributed
        on attributed.outcome = placed.outcome
        and attributed.conversation_id = placed.conversation_id
    where placed.decided_by = 'task' and placed.task is not null
    group by placed.outcome, placed.decision
),
seen as (
    select
        conversation_id,
        outcome,
        min(occurred_at) filter (value >= at_least and is_built) as positive_at,
        min(occurred_at) filter (value < at_least and is_built) as negative_at,
        bool_or(not is_built) as is_waiting
    from attributed
    where occurred_at <= horizon_at
    group by all
),
stated as (
    select
        placed.*,
        as_of,
        positive_at,
        coalesce(as_of >= horizon_at, false) as has_passed,
        case
            when counted.conversation_id <> placed.conversation_id then 'superseded'
            when positive_at is not null then 'positive'
            when is_waiting then 'open'
            when negative_at is not null or has_passed then 'negative'
            else 'open'
        end as state,
        case
            when state = 'superseded' or (state = 'open' and is_waiting) or as_of is null then 0
            when has_passed then greatest(horizon_days, 1)
            else greatest(date_sub('day', started_at, as_of), 0)
        end as seen_days
    from placed
    semi join own using (conversation_id)
    cross join known_up_to
    left join counted
        on counted.outcome = placed.outcome and counted.decision = placed.decision
    left join seen
        on seen.conversation_id = placed.conversation_id and seen.outcome = placed.outcome
)
select
    conversation_id,
    outcome,
    day,
    state,
    has_passed and state in ('positive', 'negative') as matured,
    if(state = 'positive', positive_at, null) as occurred_at,
    if(state = 'positive', greatest(date_diff('second', started_at, positive_at), 0) / 86400.0, null)
        as days_to_outcome,
    if(
        state = 'positive',
        least(greatest(date_sub('day', started_at, positive_at), 0), greatest(horizon_days, 1) - 1),
        null
    )::integer as event_day,
    seen_days::integer as seen_days,
    decided_by,
    horizon_days::integer as horizon_days,
    as_of
from stated;
