-- One row per file with refused lines of these days: refused when landed, and kept with their bytes.
with refused as (
    select file, line from conversation_logs
    where reject_reason is not null and day >= $start and day < $end
    union all
    select file, line from outcome_logs
    where reject_reason is not null and day >= $start and day < $end
    union all
    select file, line from label_logs
    where reject_reason is not null and day >= $start and day < $end
)
select refused.file, count(*) as lines_refused, count(kept.raw) as lines_kept
from refused
left join rejected_lines as kept using (file, line)
group by refused.file
