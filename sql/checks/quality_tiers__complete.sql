-- One row: conversations and tiers of these days, those without a counterpart, and tiers that are not in
-- the rubric or do not name their rule.
with own as (
    select conversation_id, true as is_there from conversations where day >= $start and day < $end
),
tiers as (
    from quality_tiers where day >= $start and day < $end
),
joined as (
    select
        conversation_id,
        is_there,
        tier is null as is_missing,
        is_there is null as is_other,
        coalesce(tier not in ({{ tiers }}), false) as is_unknown,
        coalesce((rule is null) <> (tier = 'ordinary'), false) as has_no_rule
    from own
    full join tiers using (conversation_id)
)
select
    'days' as scope,
    count(is_there) as n_conversations,
    count_if(is_missing) as n_missing,
    min(conversation_id, 5) filter (is_missing) as n_missing__ids,
    count_if(is_other) as n_of_others,
    min(conversation_id, 5) filter (is_other) as n_of_others__ids,
    count_if(is_unknown) as n_unknown,
    min(conversation_id, 5) filter (is_unknown) as n_unknown__ids,
    count_if(has_no_rule) as n_without_rule,
    min(conversation_id, 5) filter (has_no_rule) as n_without_rule__ids
from joined
