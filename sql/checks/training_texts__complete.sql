-- One row: conversations that the pool keeps, and those of them that have texts or a reason.
select
    'all' as scope,
    (select count(*) from training_pool where dropped is null) as n_kept,
    (select count(*) from training_texts) as n_texts,
    (
        select count(*)
        from training_texts
        anti join (from training_pool where dropped is null) using (conversation_id)
    ) as n_of_others
