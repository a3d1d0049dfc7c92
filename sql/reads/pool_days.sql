-- One row per day with conversations of the pool: how many no filter took out.
select day, count(*) as n
from training_pool
where dropped is null
group by day
order by day
