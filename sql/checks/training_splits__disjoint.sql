-- One row: conversations with a split or a reason, and users and tasks that training shares with others.
with kept as (
    select *, split = 'train' as is_training from training_splits where split is not null
)
select
    'all' as scope,
    (select count(*) from training_splits) as n_splits,
    (select count(*) from labeled_conversations) as n_conversations,
    (
        select count(*)
        from (select user_key from kept group by user_key having count(distinct is_training) > 1)
    ) as n_users_shared,
    (
        select count(*)
        from (select task_key from kept group by task_key having count(distinct is_training) > 1)
    ) as n_tasks_shared
