-- One row: examples that a trainer would refuse, or that are in a pair already.
select
    'all' as scope,
    coalesce(sum((coalesce(json_extract_string(prompt, '$[#-1].role') <> 'user', true))::integer), 0) as n_bad_prompt,
    coalesce(sum((
        coalesce(json_extract_string(completion, '$[0].role') <> 'assistant', true)
        or coalesce(trim(json_extract_string(completion, '$[0].content')) = '', true)
        or json_array_length(completion) <> 1
    )::integer), 0) as n_bad_completion,
    (
        select count(*)
        from kto_examples as kto
        join dpo_pairs on kto.conversation_id in (dpo_pairs.conversation_id, dpo_pairs.rejected_id)
    ) as n_in_a_pair
from kto_examples
