-- One row per input line that was refused: where it stood, why, and its raw bytes.
create table if not exists rejected_lines (
    file   varchar not null,
    line   bigint  not null,
    day    date    not null,
    kind   varchar not null check (kind in ('conversations', 'outcomes', 'labels')),
    reason varchar not null,
    raw    blob    not null,
    primary key (file, line)
);

insert into rejected_lines by name
select file, line, day, 'conversations' as kind, reject_reason as reason, raw
from conversation_logs
where reject_reason is not null and day >= $start and day < $end
union all by name
select file, line, day, 'outcomes' as kind, reject_reason as reason, raw
from outcome_logs
where reject_reason is not null and day >= $start and day < $end
union all by name
select file, line, day, 'labels' as kind, reject_reason as reason, raw
from label_logs
where reject_reason is not null and day >= $start and day < $end;
