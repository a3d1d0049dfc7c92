-- One row: pairs that are kept, of them those a gate should have refused, and how often a text is in one.
with texts as (
    select conversation_id from training_texts where dropped is null
),
kept as (
    select
        *,
        conversation_id not in (from texts) or rejected_id not in (from texts) as is_other,
        not coalesce(abs(ln(n_chosen_words / n_rejected_words)) <= ln(1.5) + 1e-9, false)
            as is_unequal,
        rule = 'judge_contrast' and not coalesce(margin > 0, false) as is_tie
    from pair_candidates
    where dropped is null
),
losers as (
    select rejected_id, count(*) as n from kept where rule = 'judge_contrast' group by rejected_id
),
winners as (
    select conversation_id, count(*) as n from kept group by conversation_id
)
select
    'all' as scope,
    count(*) as n_kept,
    count_if(is_other) as n_of_others,
    min(conversation_id, 5) filter (is_other) as n_of_others__ids,
    count_if(is_unequal) as n_unequal,
    min(conversation_id, 5) filter (is_unequal) as n_unequal__ids,
    count_if(is_tie) as n_ties,
    min(conversation_id, 5) filter (is_tie) as n_ties__ids,
    (select coalesce(max(n), 0) from losers) as most_loser_uses,
    (select min(rejected_id, 5) from losers where n > 2) as most_loser_uses__ids,
    (select coalesce(max(n), 0) from winners) as most_winner_uses,
    (select min(conversation_id, 5) from winners where n > 1) as most_winner_uses__ids
from kept
