-- One row per verdict of an epoch on these days.
select content_hash, metric, flag
from judge_verdicts
where day >= $start and day < $end and epoch = {{ epoch }}
