-- One row per record of a conversation drop: a physical line, row or array element, or one part of a
-- line that holds several model calls. Accepted with its fields, or refused with its reason and
-- bytes. Replaced file by file. No primary key: an index over every line costs more than all the
-- rest of a landing; the check lines_reconcile counts that no (file, line, part) stands twice.
create table if not exists conversation_logs (
    file            varchar not null,
    line            bigint  not null,   -- number of the line, row or element, from 1
    part            integer not null,   -- 0, but for lines that hold several calls
    byte_offset     bigint,             -- in the decompressed file; null in Parquet files
    n_bytes         bigint  not null,   -- of the line, without its end
    line_crc        bigint  not null,   -- CRC-32 of the line: whether a rewritten file changed it
    day             date    not null,   -- UTC day of started_at; of the file for refused lines
    reject_reason   varchar,            -- null: accepted
    raw             blob,               -- refused lines only; of one over the size limit its first 64 KiB
    holds           varchar,            -- conversation: all of it as it stood; call: one model call
                                        -- with the history it was sent; turn: one message
    position        integer,            -- of a turn in its conversation
    conversation_id varchar,
    user_id         varchar,            -- as logged, or its hash
    model           varchar,
    started_at      timestamp,          -- UTC; of a call or turn its own time
    time_source     varchar,            -- zoned, naive (taken to be UTC), path_day, default_day
    messages        struct(role varchar, content varchar, "at" varchar, "name" varchar,
                           tool_calls varchar, tool_call_id varchar)[],
    n_messages      integer,            -- of `messages`
    context         struct(doc_id varchar, text varchar)[],
    final_output    varchar,            -- as logged; may be null
    surface         varchar,
    task_id         varchar,
    category        varchar,
    entry_point     varchar,
    attributes      varchar,            -- JSON object: `attributes` and every unknown field
    check ((reject_reason is null) = (conversation_id is not null)),
    check ((reject_reason is null) = (raw is null))
);
