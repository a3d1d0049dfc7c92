-- One row: examples that a trainer would refuse or, worse, learn nothing from, or that a filter took out.
with judged as (
    select
        examples.conversation_id,
        coalesce(json_extract_string(prompt, '$[#-1].role') <> 'user', true) as has_bad_prompt,
        coalesce(json_extract_string(completion, '$[0].role') <> 'assistant', true)
            or coalesce(trim(json_extract_string(completion, '$[0].content')) = '', true)
            or json_array_length(completion) <> 1 as has_bad_completion,
        pool.day is null or copies.day is not null as is_not_in_pool,
        coalesce(pool.split <> examples.split, false) as is_of_other_split,
        count(*) over (partition by row_id) > 1 as is_twice
    from sft_examples as examples
    left join (from training_pool where dropped is null) as pool using (conversation_id)
    left join training_overlaps as copies using (conversation_id)
)
select
    'all' as scope,
    count(*) as n_rows,
    count_if(has_bad_prompt) as n_bad_prompt,
    min(conversation_id, 5) filter (has_bad_prompt) as n_bad_prompt__ids,
    count_if(has_bad_completion) as n_bad_completion,
    min(conversation_id, 5) filter (has_bad_completion) as n_bad_completion__ids,
    count_if(is_not_in_pool) as n_not_in_pool,
    min(conversation_id, 5) filter (is_not_in_pool) as n_not_in_pool__ids,
    count_if(is_of_other_split) as n_of_other_split,
    min(conversation_id, 5) filter (is_of_other_split) as n_of_other_split__ids,
    count_if(is_twice) as n_twice,
    min(conversation_id, 5) filter (is_twice) as n_twice__ids
from judged
