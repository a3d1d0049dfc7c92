-- One row per conversation: its release, day, user, task and weight, its strata as texts, every flag and
-- every outcome (null: not matured). Errors of several conversations of one user belong together.
-- Names that begin with _ are none of a rubric.
select
    coalesce(model, 'unknown') as release,
    day,
    if(user_id is null, hash(conversation_id, 'nobody'), hash(user_id)) as _user,
    if(task_id is null, null, hash(task_id)) as _task,
    judge_weight as _weight,
    {{ columns }}
from labeled_conversations
order by conversation_id  -- sums of rows in one order have the same bytes
