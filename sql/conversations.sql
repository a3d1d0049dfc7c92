-- One row per conversation_id: its latest complete version. Versions are: every record that holds a
-- whole conversation; all its model calls merged; all its turns in their order. The version with most
-- messages counts, of equals the last line of the last file by name. What was said after the first
-- outcome of a conversation is cut: no flag may know how it ended. It stays in conversation_logs.
create table if not exists conversations (
    conversation_id varchar primary key,
    day             date      not null,
    user_id         varchar,
    model           varchar,
    started_at      timestamp not null,  -- UTC; of merged calls or turns that of the first
    messages        struct(role varchar, content varchar, "at" varchar, "name" varchar,
                           tool_calls varchar, tool_call_id varchar)[] not null,
    context         struct(doc_id varchar, text varchar)[] not null,
    final_output    varchar,             -- what the user was left with: as logged, else the last
                                         -- assistant message that says something
    n_after_outcome bigint    not null default 0,  -- messages cut
    surface         varchar,
    task_id         varchar,
    category        varchar,
    entry_point     varchar,
    attributes      varchar   not null,
    content_hash    varchar   not null,  -- sha256 of id, messages, context and final output
    sources         struct(file varchar, line bigint, part integer)[] not null,  -- what it is made of
    check (started_at::date = day)
);

insert into conversations by name
with ids as (
    select distinct conversation_id
    from conversation_logs
    where day >= $start and day < $end and reject_reason is null
),
records as (
    select logs.* exclude (raw, reject_reason), {'file': file, 'line': line, 'part': part} as source
    from conversation_logs as logs
    semi join ids using (conversation_id)
    where reject_reason is null
),
whole as (  -- chosen by keys alone: texts are fetched for the chosen only
    select file, line, part
    from records
    where holds = 'conversation'
    qualify row_number() over (
        partition by conversation_id order by n_messages desc, file desc, line desc, part desc
    ) = 1
),
once as (  -- a call that was logged twice, a turn that was logged again: the last line counts
    select
        *,
        {'at': started_at, 'position': position, 'file': file, 'line': line, 'part': part} as place
    from records
    where holds in ('call', 'turn')
    qualify row_number() over (
        partition by
            conversation_id, holds, position,
            if(position is null, started_at, null), if(position is null, messages, null)
        order by file desc, line desc, part desc
    ) = 1
),
merged as (
    select
        conversation_id,
        holds,
        list(messages order by place) as calls,
        flatten(list(messages order by position nulls last, place)) as turns,
        min(started_at) as started_at,
        arg_min(user_id, place) filter (user_id is not null) as user_id,
        arg_max(model, place) filter (model is not null) as model,
        arg_max(context, place) filter (len(context) > 0) as context,
        arg_max(final_output, place) filter (final_output is not null) as final_output,
        arg_max(surface, place) filter (surface is not null) as surface,
        arg_max(task_id, place) filter (task_id is not null) as task_id,
        arg_max(category, place) filter (category is not null) as category,
        arg_max(entry_point, place) filter (entry_point is not null) as entry_point,
        arg_max(attributes, place) as attributes,
        list(source order by source) as sources
    from once
    group by conversation_id, holds
),
versions as (
    select records.* exclude (file, line, part, byte_offset, n_bytes, line_crc, day, holds, position,
                              time_source, n_messages, source),
           [source] as sources
    from records
    join whole using (file, line, part)
    union all by name
    select * exclude (holds, calls, turns),
        if(holds = 'turn', turns, list_reduce(calls, lambda said, call: case
            when call[: len(said)] = said then call  -- the history and what came after it
            when said[: len(call)] = call then said  -- an older call
            when list_filter(said, lambda m: m.role not in ('system', 'developer'))[1].content
                = list_filter(call, lambda m: m.role not in ('system', 'developer'))[1].content
                then if(len(call) >= len(said), call, said)  -- another way from the same opening
            else said || list_filter(call, lambda m: m.role not in ('system', 'developer'))
        end)) as messages
    from merged
),
chosen as (
    select *
    from versions
    qualify row_number() over (
        partition by conversation_id order by len(messages) desc, sources[-1] desc
    ) = 1
),
happened as (  -- the first outcome after a start, of which the time of the day is known
    select conversation_id, min(occurred_at) as happened_at
    from (
        select chosen.conversation_id, chosen.started_at, logs.* exclude (conversation_id)
        from chosen
        join outcome_logs as logs using (conversation_id)
        union all by name
        select chosen.conversation_id, chosen.started_at, logs.* exclude (conversation_id)
        from chosen
        join outcome_logs as logs using (user_id, task_id)
        where logs.conversation_id is null
    ) as logs
    anti join replaced_events using (file, line)
    where reject_reason is null and status <> 'retracted'
        and occurred_at <> occurred_at::date and occurred_at >= started_at
    group by conversation_id
),
placed as (
    select
        *,
        list_position(
            list_transform(messages, lambda m: coalesce(
                try_cast(m."at" as timestamptz)::timestamp > happened_at, false
            )),
            true
        ) as first_after,
        if(first_after > 1, len(messages) - first_after + 1, 0) as n_after_outcome
    from chosen
    left join happened using (conversation_id)
),
finished as (
    select
        * exclude (happened_at, first_after)
        replace (
            coalesce(context, []) as context,
            messages[: len(messages) - n_after_outcome] as messages,
            coalesce(
                if(n_after_outcome = 0, final_output, null),
                list_last(list_filter(
                    messages[: len(messages) - n_after_outcome],
                    lambda m: m.role = 'assistant' and coalesce(trim(m.content), '') <> ''
                )).content
            ) as final_output
        ),
        started_at::date as day
    from placed
)
select *, sha256(json_array(conversation_id, messages, context, final_output)::varchar) as content_hash
from finished
where day >= $start and day < $end;
