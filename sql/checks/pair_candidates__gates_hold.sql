-- One row: pairs that are kept, of them those a gate should have refused, and how often a text is in one.
with kept as (
    from pair_candidates where dropped is null
)
select
    'all' as scope,
    (select count(*) from kept) as n_kept,
    (
        select count(*)
        from kept
        where not abs(ln(n_chosen_words / n_rejected_words)) <= ln(1.5) + 1e-9
    ) as n_unequal,
    (select count(*) from kept where rule = 'judge_contrast' and not coalesce(margin > 0, false))
        as n_ties,
    (
        select coalesce(max(n), 0)
        from (select count(*) as n from kept where rule = 'judge_contrast' group by rejected_id)
    ) as most_loser_uses,
    (select coalesce(max(n), 0) from (select count(*) as n from kept group by conversation_id))
        as most_winner_uses
