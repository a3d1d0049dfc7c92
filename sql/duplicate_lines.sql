-- One row per accepted record that is not part of its conversation's current version, under the day of
-- the conversation, and which line is instead.
create table if not exists duplicate_lines (
    file            varchar not null,
    line            bigint  not null,
    part            integer not null,
    day             date    not null,   -- of its conversation
    conversation_id varchar not null,
    relation        varchar not null check (relation in ('same_content', 'other_content')),
                                        -- to the current version: same words, or others
    kept_file       varchar not null,   -- the last record the current version is made of
    kept_line       bigint  not null,   -- its line
    primary key (file, line, part)
);

insert into duplicate_lines by name
with kept as (
    select *, unnest(sources) as source
    from conversations
    where day >= $start and day < $end
),
used as (  -- the records the current versions are made of
    select logs.*
    from conversation_logs as logs
    semi join kept
        on kept.source.file = logs.file and kept.source.line = logs.line
        and kept.source.part = logs.part
),
spare as (
    select logs.*
    from conversation_logs as logs
    semi join kept using (conversation_id)
    anti join kept
        on kept.source.file = logs.file and kept.source.line = logs.line
        and kept.source.part = logs.part
    where logs.reject_reason is null
)
select
    spare.file,
    spare.line,
    spare.part,
    conversations.day,
    conversation_id,
    if(
        exists (
            from used
            where used.conversation_id = spare.conversation_id
                and used.holds = spare.holds
                and used.position is not distinct from spare.position
                and used.messages = spare.messages
                and used.context = spare.context
                and used.final_output is not distinct from spare.final_output
        ),
        'same_content', 'other_content'
    ) as relation,
    conversations.sources[-1].file as kept_file,
    conversations.sources[-1].line as kept_line
from spare
join conversations using (conversation_id);
