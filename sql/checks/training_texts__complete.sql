-- One row: conversations that the pool keeps, and those without a counterpart among the texts.
with joined as (
    select conversation_id, kept.day is not null as is_kept, texts.day is null as is_missing
    from (from training_pool where dropped is null) as kept
    full join training_texts as texts using (conversation_id)
)
select
    'all' as scope,
    count_if(is_kept) as n_kept,
    count_if(is_missing) as n_missing,
    min(conversation_id, 5) filter (is_missing) as n_missing__ids,
    count_if(not is_kept) as n_of_others,
    min(conversation_id, 5) filter (not is_kept) as n_of_others__ids
from joined
