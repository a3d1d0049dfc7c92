-- One row: examples of these days that a trainer would refuse, or that are in a pair already.
select
    'days' as scope,
    coalesce(sum((coalesce(json_extract_string(prompt, '$[#-1].role') <> 'user', true))::integer), 0) as n_bad_prompt,
    coalesce(sum((
        coalesce(json_extract_string(completion, '$[0].role') <> 'assistant', true)
        or coalesce(trim(json_extract_string(completion, '$[0].content')) = '', true)
        or json_array_length(completion) <> 1
    )::integer), 0) as n_bad_completion,
    coalesce(sum((label and conversation_id in (select conversation_id from dpo_pairs))::integer), 0)
        as n_in_a_pair
from kto_examples
where day >= $start and day < $end
