-- One row per file with refused lines of these days: refused when landed, and kept with their bytes.
with refused as (
    select file, line, part, n_bytes, reject_reason, day from conversation_logs
    union all
    select file, line, part, n_bytes, reject_reason, day from outcome_logs
    union all
    select file, line, part, n_bytes, reject_reason, day from label_logs
)
select
    refused.file,
    count(*) as lines_refused,
    count(kept.raw) as lines_kept
from refused
left join rejected_lines as kept using (file, line, part)
where refused.reject_reason is not null and refused.day >= $start and refused.day < $end
group by refused.file
