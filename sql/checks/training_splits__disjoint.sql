-- One row: conversations with a split or a reason, and users and tasks that training shares with others.
with kept as (
    select *, split = 'train' as is_training from training_splits where split is not null
),
joined as (
    select conversation_id, labeled.day is null as is_other, splits.day is null as is_missing
    from labeled_conversations as labeled
    full join training_splits as splits using (conversation_id)
),
users as (
    select user_key from kept group by user_key having count(distinct is_training) > 1
),
tasks as (
    select task_key from kept group by task_key having count(distinct is_training) > 1
)
select
    'all' as scope,
    count(*) as n_conversations,
    count_if(is_missing) as n_missing,
    min(conversation_id, 5) filter (is_missing) as n_missing__ids,
    count_if(is_other) as n_of_others,
    min(conversation_id, 5) filter (is_other) as n_of_others__ids,
    (select count(*) from users) as n_users_shared,
    (select min(user_key, 5) from users) as n_users_shared__ids,
    (select count(*) from tasks) as n_tasks_shared,
    (select min(task_key, 5) from tasks) as n_tasks_shared__ids
from joined
