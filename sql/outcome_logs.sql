-- One row per physical row of an outcome drop: an event, its correction or its retraction, as logged,
-- or a refused row with its reason. Replaced file by file.
create table if not exists outcome_logs (
    file            varchar not null,
    line            bigint  not null,
    part            integer not null,
    byte_offset     bigint,             -- in the decompressed file; null in Parquet files
    n_bytes         bigint  not null,
    line_crc        bigint  not null,   -- CRC-32: whether a rewritten file changed the row
    day             date    not null,   -- of the file; the event's own day is in outcome_events
    reject_reason   varchar,
    raw             blob,
    conversation_id varchar,            -- what the event is about; null: what a user decided
                                        -- about a task
    user_id         varchar,            -- as logged, or its hash
    task_id         varchar,            -- the task, of events without a conversation
    outcome         varchar,            -- the kind of result: hired, donated, …
    event_id        varchar,            -- the source's id of the event: of rows with the same outcome
                                        -- and event_id the one that arrived last counts
    status          varchar default 'recorded'
        check (status in ('recorded', 'corrected', 'retracted')),
    value           double,             -- null: retracted without a value
    value_kind      varchar,            -- binary, ordinal, continuous: the drop's `kind`
    occurred_at     timestamp,          -- UTC; null: at the conversation's time
    arrived_at      timestamp,          -- UTC; when this row reached us
    attributes      varchar,
    check ((reject_reason is null)
        = (conversation_id is not null or (user_id is not null and task_id is not null))),
    check ((reject_reason is null) = (raw is null))
);
