-- One row per metric: its flags of these days beside the conversations they should cover.
select
    metric,
    count(distinct conversation_id) as n_flags,
    (select count(*) from conversations where day >= $start and day < $end) as n_conversations,
    sum((reason is null or reason = '')::integer) as n_without_reason,
    count(distinct epoch) as n_epochs
from judge_flags
where day >= $start and day < $end
group by metric
