-- One row per training row whose conversations have names that were replaced: all of these names.
with examples as (
    select row_id, unnest([conversation_id, rejected_id]) as conversation_id from dpo_pairs
    union all
    select row_id, conversation_id from sft_examples
    union all
    select row_id, conversation_id from kto_examples
)
select row_id, list_distinct(flatten(list(names))) as names
from examples
join training_texts using (conversation_id)
where len(names) > 0
group by row_id
