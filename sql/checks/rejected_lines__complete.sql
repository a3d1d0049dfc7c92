-- One row per file with refused lines of these days: refused when landed, and kept with their bytes.
with refused as (
    select file, line, part, reject_reason, day from conversation_logs
    union all
    select file, line, part, reject_reason, day from outcome_logs
    union all
    select file, line, part, reject_reason, day from label_logs
),
own as (
    from refused where reject_reason is not null and day >= $start and day < $end
),
kept as (
    from rejected_lines where day >= $start and day < $end
)
select
    file,
    count(own.reject_reason) as lines_refused,
    count(kept.raw) as lines_kept
from own
full join kept using (file, line, part)
group by file
