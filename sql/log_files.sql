-- One row per data file of the drop folder: what it was when it was read, and how its lines ended.
create table if not exists log_files (
    file         varchar primary key,   -- path inside the drop folder
    kind         varchar not null check (kind in ('conversations', 'outcomes', 'labels')),
    status       varchar not null check (status in ('landed', 'ignored', 'unreadable')),
                                        -- ignored: no conversation log by name or content
    error        varchar,               -- why an unreadable file could not be read; no text of it
    format       varchar,               -- of its conversation records
    size_bytes   bigint  not null,      -- as stored
    modified_ns  bigint  not null,      -- modification time, nanoseconds since 1970
    policy       varchar not null,      -- id of the options it was read with
    path_day     date,                  -- YYYY-MM-DD in its path
    file_day     date    not null,      -- the day its refused lines are kept under
    lines        bigint  not null,      -- physical lines, rows or array elements
    records      bigint  not null,      -- what they hold: accepted plus rejected
    accepted     bigint  not null,
    rejected     bigint  not null,
    redactions   varchar not null,      -- JSON object: replaced texts by kind
    time_sources varchar not null,      -- JSON object: accepted records by where their time is from
    check ((status = 'unreadable') = (error is not null))
);
