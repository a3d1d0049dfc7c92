-- One row per metric: the range of the confidences, and quotes said to be found that point nowhere.
select
    metric,
    min(confidence) as lowest_confidence,
    max(confidence) as highest_confidence,
    sum((quote_match <> 'unverified' and message_index is null)::integer) as n_verified_nowhere
from judge_verdicts
where day >= $start and day < $end
group by metric
