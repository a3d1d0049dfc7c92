-- One row per metric: its flags of these days beside the conversations they should cover, and both that
-- have no counterpart.
with metrics(metric, definition_hash, kept_in) as (values {{ metrics }}),
own as (
    select conversation_id from conversations where day >= $start and day < $end
),
wanted as (
    select conversation_id, metric, definition_hash
    from own cross join metrics
    where kept_in = '{{ flags }}'
),
flags as (
    from {{ flags }} where day >= $start and day < $end
)
select
    metric,
    count(wanted.definition_hash) as n_conversations,
    count_if(flags.flag is null) as n_missing,
    min(conversation_id, 5) filter (flags.flag is null) as n_missing__ids,
    count_if(wanted.definition_hash is null) as n_of_others,
    min(conversation_id, 5) filter (wanted.definition_hash is null) as n_of_others__ids,
    count_if(flags.reason = '') as n_without_reason,
    min(conversation_id, 5) filter (flags.reason = '') as n_without_reason__ids,
    count_if(flags.definition_hash <> wanted.definition_hash) as n_of_other_wording,
    min(conversation_id, 5) filter (flags.definition_hash <> wanted.definition_hash)
        as n_of_other_wording__ids,
    {{ epochs }} as n_epochs
from wanted
full join flags using (conversation_id, metric)
group by metric
