-- One row per training row: which conversations, messages and rule it is from, and what was known of them.
with examples as (
    select 'sft' as kind, row_id, split, conversation_id, conversation_id as rejected_id, tier, reason,
        rule, null::double as margin, null::boolean as label
    from sft_examples
    union all by name
    select 'dpo' as kind, row_id, split, conversation_id, rejected_id, tier, rule, margin
    from dpo_pairs
    union all by name
    select 'kto' as kind, row_id, split, conversation_id, conversation_id as rejected_id, tier, reason,
        rule, label
    from kto_examples
),
flagged as (
    select conversation_id, {{ flags }} as flags
    from labeled_conversations
    semi join training_pool using (conversation_id)
),
states as (
    select conversation_id, state from outcomes where outcome = {{ outcome }}
)
select
    examples.row_id,
    kind,
    examples.split,
    if(is_contrast, [examples.conversation_id, rejected_id], [examples.conversation_id])
        as conversation_ids,
    case
        when is_contrast then [won.answer_index, lost.answer_index]
        when kind = 'dpo' then [won.answer_index, won.draft_index]
        else [won.answer_index]
    end as message_indices,
    if(is_contrast, [pool.user_key, other.user_key], [pool.user_key]) as user_keys,
    pool.task_key,
    examples.tier,
    examples.reason,
    examples.rule,
    margin,
    examples.label,
    if(
        is_contrast,
        json_object('chosen', flagged.flags, 'rejected', other_flags.flags),
        json_object('chosen', flagged.flags)
    )::varchar as flags,
    {{ epoch }} as epoch,
    {{ outcome }} as outcome,
    if(is_contrast, [states.state, other_states.state], [states.state]) as outcome_states,
    as_of as outcome_as_of
from (select *, conversation_id <> rejected_id as is_contrast from examples) as examples
join training_pool as pool using (conversation_id)
join training_pool as other on other.conversation_id = rejected_id
join training_texts as won on won.conversation_id = examples.conversation_id
join training_texts as lost on lost.conversation_id = rejected_id
join flagged on flagged.conversation_id = examples.conversation_id
join flagged as other_flags on other_flags.conversation_id = rejected_id
left join states on states.conversation_id = examples.conversation_id
left join states as other_states on other_states.conversation_id = rejected_id
cross join known_up_to
order by kind, examples.split, examples.row_id
