-- One row per (reason, kind): refused lines, files they stand in, bytes, and one place to look at.
with refused as (
    select 'conversations' as kind, file, line, n_bytes, reject_reason from conversation_logs
    union all
    select 'outcomes', file, line, n_bytes, reject_reason from outcome_logs
    union all
    select 'labels', file, line, n_bytes, reject_reason from label_logs
)
select
    reject_reason as reason,
    kind,
    count(*) as n_lines,
    count(distinct file) as n_files,
    sum(n_bytes) as n_bytes,
    min_by(file || ':' || line, (file, line)) as example
from refused
where reject_reason is not null
group by all
order by n_lines desc, reason, kind
