-- One row per (grouping, metric) of the newest comparison, whatever rubric and judge it was about:
-- groupings with fewer calls first, the row over all metrics before those of single ones.
from judge_grouping
where compared_at = (select max(compared_at) from judge_grouping)
order by max(calls) over (partition by grouping), grouping, metric <> 'all', metric
