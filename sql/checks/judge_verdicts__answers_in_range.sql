-- One row per metric: the range of its confidences and costs, quotes said to be found that point
-- nowhere, and answers without their call.
with verdicts as (
    select
        *,
        coalesce(quote_match <> 'unverified' and message_index is null, false) as is_nowhere,
        call_id is not null and call_id not in (select call_id from judge_calls) as has_no_call
    from judge_verdicts
    where day >= $start and day < $end
)
select
    metric,
    count(*) as n_verdicts,
    min(confidence) as lowest_confidence,
    max(confidence) as highest_confidence,
    min(cost_usd) as lowest_cost_usd,
    count_if(is_nowhere) as n_verified_nowhere,
    min(conversation_id, 5) filter (is_nowhere) as n_verified_nowhere__ids,
    count_if(has_no_call) as n_without_call,
    min(conversation_id, 5) filter (has_no_call) as n_without_call__ids
from verdicts
group by metric
