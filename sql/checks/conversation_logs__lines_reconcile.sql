-- One row per drop file: what was read from it, and what stands in its landing table.
with landed as (
    select file, line, part from conversation_logs
    union all
    select file, line, part from outcome_logs
    union all
    select file, line, part from label_logs
)
select
    log_files.file,
    log_files.lines as lines_read,
    count(distinct landed.line) as lines_landed,
    log_files.records as records_read,
    count(landed.file) as records_landed,
    count(distinct (landed.line, landed.part)) filter (landed.file is not null) as places_landed,
    log_files.accepted + log_files.rejected as records_sorted
from log_files
left join landed using (file)
group by all
