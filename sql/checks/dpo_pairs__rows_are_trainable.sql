-- One row: pairs that a trainer would refuse or, worse, learn nothing from.
select
    'all' as scope,
    coalesce(sum((coalesce(json_extract_string(prompt, '$[#-1].role') <> 'user', true))::integer), 0) as n_bad_prompt,
    coalesce(sum((
        coalesce(json_extract_string(chosen, '$[0].role') <> 'assistant', true)
        or coalesce(trim(json_extract_string(chosen, '$[0].content')) = '', true)
        or json_array_length(chosen) <> 1
    )::integer), 0)
        + coalesce(sum((
        coalesce(json_extract_string(rejected, '$[0].role') <> 'assistant', true)
        or coalesce(trim(json_extract_string(rejected, '$[0].content')) = '', true)
        or json_array_length(rejected) <> 1
    )::integer), 0) as n_bad_completion,
    coalesce(sum((chosen = rejected)::integer), 0) as n_same
from dpo_pairs
