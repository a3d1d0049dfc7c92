-- One row: examples that a trainer would refuse or, worse, learn nothing from.
select
    'all' as scope,
    coalesce(sum((coalesce(json_extract_string(prompt, '$[#-1].role') <> 'user', true))::integer), 0) as n_bad_prompt,
    coalesce(sum((
        coalesce(json_extract_string(completion, '$[0].role') <> 'assistant', true)
        or coalesce(trim(json_extract_string(completion, '$[0].content')) = '', true)
        or json_array_length(completion) <> 1
    )::integer), 0) as n_bad_completion
from sft_examples
