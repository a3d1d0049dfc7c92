-- One row per conversation_id: its most complete version (most messages, then the last
-- line of the last file by name).
create table if not exists conversations (
    conversation_id varchar primary key,
    day             date      not null,
    user_id         varchar,
    model           varchar,
    started_at      timestamp not null,  -- UTC
    messages        struct(role varchar, content varchar, "at" varchar, "name" varchar,
                           tool_calls varchar, tool_call_id varchar)[] not null,
    context         struct(doc_id varchar, text varchar)[] not null,
    final_output    varchar,             -- what the user was left with: as logged, else the last
                                         -- assistant message that says something
    surface         varchar,
    task_id         varchar,
    category        varchar,
    entry_point     varchar,
    attributes      varchar   not null,
    content_hash    varchar   not null,
    source_file     varchar   not null,
    source_line     bigint    not null,
    check (started_at::date = day)
);

insert into conversations by name
with ids as (
    select distinct conversation_id
    from conversation_logs
    where day >= $start and day < $end and reject_reason is null
),
newest as (
    select logs.conversation_id, file, line
    from conversation_logs as logs
    join ids using (conversation_id)
    qualify row_number() over (
        partition by logs.conversation_id
        order by n_messages desc, file desc, line desc
    ) = 1
)
select
    logs.conversation_id,
    logs.day,
    logs.user_id,
    logs.model,
    logs.started_at,
    logs.messages,
    logs.context,
    coalesce(
        logs.final_output,
        list_last(list_filter(
            logs.messages,
            lambda m: m.role = 'assistant' and coalesce(trim(m.content), '') <> ''
        )).content
    ) as final_output,
    logs.surface,
    logs.task_id,
    logs.category,
    logs.entry_point,
    logs.attributes,
    logs.content_hash,
    logs.file as source_file,
    logs.line as source_line
from conversation_logs as logs
join newest using (file, line)
where logs.day >= $start and logs.day < $end;
