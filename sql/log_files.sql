-- One row per drop file that was landed: what it was when it was read, and how its lines ended.
create table if not exists log_files (
    file         varchar primary key,   -- path inside the drop folder
    kind         varchar not null check (kind in ('conversations', 'outcomes', 'labels')),
    size_bytes   bigint  not null,
    modified_ns  bigint  not null,
    path_day     date,                  -- YYYY-MM-DD in its path
    default_day  date,                  -- what lines without a time were given, if anything
    file_day     date    not null,      -- the day its refused lines are kept under
    lines        bigint  not null,
    accepted     bigint  not null,
    rejected     bigint  not null
);
