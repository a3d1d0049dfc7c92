-- One row: conversations of the pool, and those that a filter should have taken out.
with unlocked as (
    select tier, reason, rule from tier_lift where period = 'later' and unlocked
),
judged as (
    select
        conversation_id,
        conversation_id not in (select conversation_id from labeled_conversations) as is_other,
        dropped is null and split is null as has_no_split,
        dropped is null and label is not null
            and (tier, coalesce(reason, ''), rule) not in (select (tier, reason, rule) from unlocked)
            as is_locked,
        dropped is null and split = 'train'
            and conversation_id in (select conversation_id from human_labels) as is_labelled
    from training_pool
)
select
    'all' as scope,
    count(*) as n_rows,
    count_if(is_other) as n_of_others,
    min(conversation_id, 5) filter (is_other) as n_of_others__ids,
    count_if(has_no_split) as n_without_split,
    min(conversation_id, 5) filter (has_no_split) as n_without_split__ids,
    count_if(is_locked) as n_locked,
    min(conversation_id, 5) filter (is_locked) as n_locked__ids,
    count_if(is_labelled) as n_labelled,
    min(conversation_id, 5) filter (is_labelled) as n_labelled__ids
from judged
