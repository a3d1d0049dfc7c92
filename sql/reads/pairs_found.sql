-- One row per pair that could be: an accepted answer and its draft, and answers of two users to a task.
with clean as (
    select
        pool.* exclude (dropped),
        texts.* exclude (conversation_id, day, dropped)
    from training_pool as pool
    join training_texts as texts using (conversation_id)
    anti join training_overlaps using (conversation_id)
    where pool.dropped is null and texts.dropped is null
),
sides as (  -- of a task that very many answered, some of each side
    select clean.*, labeled as flags
    from clean
    join labeled_conversations as labeled on labeled.conversation_id = clean.conversation_id
    where clean.contrast is not null and not clean.leaks
    qualify row_number() over (
        partition by clean.task_key, clean.split, clean.strata, clean.contrast
        order by md5(clean.conversation_id)
    ) <= 50
)
select
    conversation_id,
    conversation_id as rejected_id,
    day,
    split,
    pair_rule as rule,
    null::double as margin,
    n_answer_words as n_chosen_words,
    n_draft_words as n_rejected_words,
    false as vetoed,
    null::varchar as chosen_text,
    null::varchar as rejected_text,
    []::varchar[] as names
from clean
where label and unpaired is null
union all by name
select
    won.conversation_id,
    lost.conversation_id as rejected_id,
    won.day,
    won.split,
    'judge_contrast' as rule,
    {{ margin }} as margin,
    won.n_answer_words as n_chosen_words,
    lost.n_answer_words as n_rejected_words,
    coalesce(lost.flags.{{ outcome }} and not won.flags.{{ outcome }}, false) as vetoed,
    won.answer ->> '$[0].content' as chosen_text,
    lost.answer ->> '$[0].content' as rejected_text,
    won.names || lost.names as names
from sides as won
join sides as lost
    on won.task_key = lost.task_key and won.split = lost.split and won.strata = lost.strata
    and won.user_key <> lost.user_key
where won.contrast = 'chosen' and lost.contrast = 'rejected'
    and coalesce(won.label, true) and not coalesce(lost.label, false)  -- nor against its tier
    and won.shared_prompt = lost.shared_prompt and won.answer <> lost.answer
