-- One row per (day, tier, reason, rule): its conversations, those whose outcome is known, those that had it.
select
    tiers.day,
    tiers.tier,
    coalesce(tiers.reason, '') as reason,
    tiers.rule,
    count(*) as n,
    count(labeled.{{ outcome }}) as n_matured,
    coalesce(sum(labeled.{{ outcome }}::integer), 0) as events
from quality_tiers as tiers
join labeled_conversations as labeled using (conversation_id)
group by all
order by all
