-- One row per metric: the range of the confidences and the quotes that point nowhere.
select
    metric,
    min(confidence) as lowest_confidence,
    max(confidence) as highest_confidence,
    sum((quote is not null and message_index is null)::integer) as n_quotes_without_message
from judge_verdicts
where day >= $start and day < $end
group by metric
