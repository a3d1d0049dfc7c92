-- One row: pairs that a trainer would refuse or, worse, learn nothing from, or that a gate refused.
with judged as (
    select
        conversation_id,
        coalesce(json_extract_string(prompt, '$[#-1].role') <> 'user', true) as has_bad_prompt,
        coalesce(json_extract_string(chosen, '$[0].role') <> 'assistant', true)
            or coalesce(trim(json_extract_string(chosen, '$[0].content')) = '', true)
            or json_array_length(chosen) <> 1
            or coalesce(json_extract_string(rejected, '$[0].role') <> 'assistant', true)
            or coalesce(trim(json_extract_string(rejected, '$[0].content')) = '', true)
            or json_array_length(rejected) <> 1 as has_bad_completion,
        chosen = rejected as is_same,
        (conversation_id, rejected_id, split) not in (
            select (conversation_id, rejected_id, split) from pair_candidates where dropped is null
        ) as is_not_kept,
        conversation_id not in (select conversation_id from training_pool where dropped is null)
            or rejected_id not in (select conversation_id from training_pool where dropped is null)
            as is_not_in_pool,
        count(*) over (partition by row_id) > 1 as is_twice
    from dpo_pairs
)
select
    'all' as scope,
    count(*) as n_rows,
    count_if(has_bad_prompt) as n_bad_prompt,
    min(conversation_id, 5) filter (has_bad_prompt) as n_bad_prompt__ids,
    count_if(has_bad_completion) as n_bad_completion,
    min(conversation_id, 5) filter (has_bad_completion) as n_bad_completion__ids,
    count_if(is_same) as n_same,
    min(conversation_id, 5) filter (is_same) as n_same__ids,
    count_if(is_not_kept) as n_not_kept,
    min(conversation_id, 5) filter (is_not_kept) as n_not_kept__ids,
    count_if(is_not_in_pool) as n_not_in_pool,
    min(conversation_id, 5) filter (is_not_in_pool) as n_not_in_pool__ids,
    count_if(is_twice) as n_twice,
    min(conversation_id, 5) filter (is_twice) as n_twice__ids
from judged
