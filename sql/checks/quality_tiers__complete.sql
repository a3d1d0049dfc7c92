-- One row: conversations and tiers of these days, and tiers that do not name their rule.
select
    'days' as scope,
    (select count(*) from quality_tiers where day >= $start and day < $end) as n_tiers,
    (select count(*) from conversations where day >= $start and day < $end) as n_conversations,
    (
        select count(*)
        from quality_tiers
        where day >= $start and day < $end and (rule is null) <> (tier = 'ordinary')
    ) as n_without_rule
