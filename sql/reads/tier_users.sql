-- One row per (user, tier, reason, rule) of these days: conversations whose outcome is known, and those that
-- had it. Without a user every conversation is its own.
select
    if(user_id is null, hash(conversation_id, 'nobody'), hash(user_id)) as "user",
    tiers.tier,
    coalesce(tiers.reason, '') as reason,
    tiers.rule,
    count(*) as n_matured,
    sum(labeled.{{ outcome }}::integer) as events
from quality_tiers as tiers
join labeled_conversations as labeled using (conversation_id)
where labeled.{{ outcome }} is not null and tiers.day between {{ first }}::date and {{ last }}::date
group by all
