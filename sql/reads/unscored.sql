-- One row per (metric, reason): flags that could not be scored.
select metric, reason, count(*) as n
from (from heuristic_flags select metric, reason, flag
      union all from judge_flags select metric, reason, flag)
where flag = 'unscored'
group by all
order by n desc, metric
