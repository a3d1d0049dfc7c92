-- One row per (metric, flag) of a table of flags on these days.
select metric, flag, count(*) as n
from {{ table }}
where day >= $start and day < $end
group by metric, flag
order by metric, flag
