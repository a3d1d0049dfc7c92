-- One row per value of a column of a table: how many rows have it.
select {{ column }} as value, count(*) as n
from {{ table }}
where {{ column }} is not null
group by all
order by all
