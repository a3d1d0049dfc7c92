-- One row per label row of a file that was there; files without a date in their path always were.
select logs.*
from present.label_logs as logs
join present.log_files as files using (file)
where files.path_day is null or files.path_day < $as_of
