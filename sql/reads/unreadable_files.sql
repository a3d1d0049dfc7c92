-- One row per file that could not be read and that these days need: files of these days, and files
-- whose rows of before they were read from.
select files.file, files.kind, files.error
from log_files as files
where files.status = 'unreadable'
    and (
        (files.file_day >= $start and files.file_day < $end)
        or files.file in (
            select file from conversation_logs where day >= $start and day < $end
            union all
            select file from outcome_logs
            where coalesce(occurred_at::date, day) >= $start and coalesce(occurred_at::date, day) < $end
        )
    )
order by files.file
