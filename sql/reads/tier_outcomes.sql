-- One row per tier: its conversations, and the outcome among the matured ones.
select
    tiers.tier,
    any_value(tiers.rule) as rule,
    any_value(tiers.train) as train,
    count(*) as n,
    sum(({{ outcome }} is not null)::integer) as n_known,
    coalesce(sum({{ outcome }}::integer), 0) as events
from quality_tiers as tiers
join labeled_conversations using (conversation_id)
group by tiers.tier
order by n
