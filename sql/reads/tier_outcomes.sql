-- One row per (tier, reason): its conversations, and the outcome among the matured ones.
select
    tiers.tier,
    tiers.reason,
    min(tiers.rule) as rule,
    min(tiers.train) as train,
    count(*) as n,
    count(labeled.{{ outcome }}) as n_known,
    coalesce(sum(labeled.{{ outcome }}::integer), 0) as events
from quality_tiers as tiers
join labeled_conversations as labeled using (conversation_id)
group by tiers.tier, tiers.reason
order by n, tiers.tier, tiers.reason
