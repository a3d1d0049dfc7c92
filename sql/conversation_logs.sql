-- One row per physical line of a conversation drop: an accepted line with its fields, or a refused
-- one with its reason and raw bytes. Replaced file by file.
create table if not exists conversation_logs (
    file            varchar not null,
    line            bigint  not null,
    day             date    not null,   -- UTC day of started_at; of the file for refused lines
    reject_reason   varchar,            -- null: accepted
    raw             blob,               -- refused lines only
    conversation_id varchar,
    user_id         varchar,
    model           varchar,
    started_at      timestamp,          -- UTC
    messages        struct(role varchar, content varchar, "at" varchar, "name" varchar,
                           tool_calls varchar, tool_call_id varchar)[],
    n_messages      integer,
    context         struct(doc_id varchar, text varchar)[],
    final_output    varchar,            -- as logged; may be null
    surface         varchar,
    task_id         varchar,
    category        varchar,
    entry_point     varchar,
    attributes      varchar,            -- JSON object: `attributes` and every unknown field
    content_hash    varchar,            -- sha256 of id, messages, context and final output
    primary key (file, line),
    check ((reject_reason is null) = (conversation_id is not null)),
    check ((reject_reason is null) = (raw is null))
);
