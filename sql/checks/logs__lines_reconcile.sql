-- One row per drop file of a kind: what was read from it, and what stands in its landing table. A file
-- of which only one of the two is known has no value for the other.
with files as (
    from log_files where kind = '{{ kind }}'
)
select
    file,
    any_value(files.lines) as lines_read,
    count(distinct landed.line) as lines_landed,
    any_value(files.records) as records_read,
    count(landed.line) as records_landed,
    count(distinct (landed.line, landed.part)) filter (landed.line is not null) as places_landed,
    any_value(files.accepted + files.rejected) as records_sorted
from files
full join {{ logs }} as landed using (file)
group by file
