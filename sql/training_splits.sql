-- One row per conversation: the split of the training data it belongs to, or why to none. A salted hash
-- draws the tasks of the test split; no user and no task of test or hold-out is in training. With the
-- same salt a conversation never moves between train and test: it can only fall out of training, when
-- its user answers a test task, and into it, when the hold-out moves on.
create table if not exists training_splits (
    conversation_id varchar primary key,
    day             date    not null,
    user_key        varchar not null,   -- salted hash, 16 hex digits; of the conversation, without a user
    task_key        varchar not null,   -- the same of the task; of the user, without a task
    split           varchar check (split in ('train', 'test', 'holdout')),
    reason          varchar check (reason in ('user_in_test', 'seen_in_training')),  -- why it is in no split
    check ((split is null) = (reason is not null))
);

insert into training_splits by name
with keyed as (
    select
        conversation_id,
        day,
        left(sha256({{ salt }} || '/user/' || coalesce(user_id, conversation_id)), 16) as user_key,
        left(sha256({{ salt }} || '/task/' || coalesce(task_id, '/user/' || user_id, conversation_id)), 16)
            as task_key
    from labeled_conversations
),
span as (  -- the hold-out: the newest days, at most a fifth of all
    select max(day) - least({{ holdout_days }}, (max(day) - min(day) + 1) // 5)::integer as last_seen
    from keyed
),
placed as (
    select
        keyed.*,
        day > last_seen as is_new,
        ('0x' || left(task_key, 8))::bigint % 100 < {{ test_percent }} as is_test_task
    from keyed
    cross join span
),
test_users as (
    select distinct user_key from placed where is_test_task and not is_new
),
training as (
    select user_key, task_key
    from placed
    anti join test_users using (user_key)
    where not is_new and not is_test_task
),
reasoned as (
    select
        *,
        case
            when is_new and (
                user_key in (select user_key from training)
                or task_key in (select task_key from training)
            ) then 'seen_in_training'
            when not is_new and not is_test_task and user_key in (from test_users)
                then 'user_in_test'
        end as reason
    from placed
)
select
    conversation_id,
    day,
    user_key,
    task_key,
    case
        when reason is not null then null
        when is_new then 'holdout'
        when is_test_task then 'test'
        else 'train'
    end as split,
    reason
from reasoned;
