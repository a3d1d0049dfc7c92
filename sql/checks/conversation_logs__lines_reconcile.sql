-- One row per drop file: lines read from it, lines in its landing table, accepted plus refused.
with landed as (
    select file, reject_reason from conversation_logs
    union all
    select file, reject_reason from outcome_logs
    union all
    select file, reject_reason from label_logs
)
select
    log_files.file,
    log_files.lines as lines_read,
    count(landed.file) as lines_landed,
    log_files.accepted + log_files.rejected as lines_sorted
from log_files
left join landed using (file)
group by all
