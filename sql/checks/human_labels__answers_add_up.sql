-- One row per metric with labels: whether the rubric has it, and the fewest answers a label rests on.
with metrics(metric, definition_hash, kept_in) as (values {{ metrics }})
select
    metric,
    count(*) as n_labels,
    count_if(metric not in (select metric from metrics)) as n_of_others,
    min(conversation_id, 5) filter (metric not in (select metric from metrics)) as n_of_others__ids,
    min(n_answers) as fewest_answers
from human_labels
group by metric
