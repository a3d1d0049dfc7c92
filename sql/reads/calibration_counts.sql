-- One row per judged metric with human labels: the judge's flag against the human's label, over
-- conversations that have both.
select
    flags.metric,
    sum((flags.flag = 'true' and labels.label)::integer) as true_positive,
    sum((flags.flag = 'true' and not labels.label)::integer) as false_positive,
    sum((flags.flag = 'false' and labels.label)::integer) as false_negative,
    sum((flags.flag = 'false' and not labels.label)::integer) as true_negative
from judge_flags as flags
join human_labels as labels using (conversation_id, metric)
where flags.flag in ('true', 'false')
group by flags.metric
order by flags.metric
