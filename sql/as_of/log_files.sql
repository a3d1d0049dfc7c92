-- One row per drop file that was there: dated ones by their date, others by the day of their first record.
select * from present.log_files where coalesce(path_day, file_day) < $as_of or kind = 'labels' and path_day is null
