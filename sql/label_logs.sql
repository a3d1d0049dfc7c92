-- One row per physical row of a label drop: a human's answer or a verdict recorded elsewhere, or a
-- refused row with its reason. Replaced file by file.
create table if not exists label_logs (
    file            varchar not null,
    line            bigint  not null,
    part            integer not null,
    byte_offset     bigint,             -- in the decompressed file; null in Parquet files
    n_bytes         bigint  not null,
    line_crc        bigint  not null,   -- CRC-32: whether a rewritten file changed the row
    day             date    not null,   -- of the file
    reject_reason   varchar,
    raw             blob,
    conversation_id varchar,            -- or a trace or span that was logged with one
    turn            integer,            -- message index; null: the whole conversation
    metric          varchar,
    annotator       varchar,
    annotator_kind  varchar,            -- human, llm, program; others as recorded
    value           varchar,
    confidence      double,             -- 0 to 1, as recorded; null: none was given
    check ((reject_reason is null) = (conversation_id is not null)),
    check ((reject_reason is null) = (raw is null))
);
