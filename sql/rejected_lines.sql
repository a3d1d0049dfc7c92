-- One row per input line, or part of one, that was refused: where it stood, why, and its raw bytes.
create table if not exists rejected_lines (
    file        varchar not null,
    line        bigint  not null,
    part        integer not null,
    byte_offset bigint,            -- in the decompressed file; null in Parquet files
    n_bytes     bigint  not null,
    day         date    not null,  -- of its time if that could be read, else of its file
    kind        varchar not null check (kind in ('conversations', 'outcomes', 'labels')),
    reason      varchar not null,
    raw         blob    not null,  -- of a line over the size limit its first 64 KiB; without
                                   -- personal data when the landing redacts
    primary key (file, line, part)
);

insert into rejected_lines by name
with logs as (
    select *, 'conversations' as kind
    from (from conversation_logs select file, line, part, byte_offset, n_bytes, day, reject_reason, raw)
    union all by name
    select *, 'outcomes' as kind
    from (from outcome_logs select file, line, part, byte_offset, n_bytes, day, reject_reason, raw)
    union all by name
    select *, 'labels' as kind
    from (from label_logs select file, line, part, byte_offset, n_bytes, day, reject_reason, raw)
)
select * exclude (reject_reason), reject_reason as reason
from logs
where reject_reason is not null and day >= $start and day < $end;
