-- One row per conversation: its strata, every flag as a column (null: not applicable or unscored),
-- every outcome as a column (null: not matured) and the weight of its judged flags. The rubric adds
-- the columns.
create table if not exists labeled_conversations (
    conversation_id varchar primary key,
    day             date    not null,
    user_id         varchar,
    model           varchar,
    surface         varchar,
    category        varchar,
    task_id         varchar,
    judge_weight    double  not null    -- conversations it stands for in the judged sample of its
                                        -- day; 1 where the whole day was judged
);

insert into labeled_conversations by name
with flags as (
    select conversation_id, metric, flag from heuristic_flags where day >= $start and day < $end
    union all
    select conversation_id, metric, flag from judge_flags where day >= $start and day < $end
),
wide_flags as (
    select conversation_id, {{ flag_columns }} from flags group by conversation_id
),
wide_outcomes as (
    select conversation_id, {{ outcome_columns }}
    from outcomes
    where day >= $start and day < $end
    group by conversation_id
),
sampled as (
    select distinct conversation_id, weight
    from judge_flags
    join judge_samples using (conversation_id, epoch, day)
    where day >= $start and day < $end
)
select
    conversations.conversation_id,
    conversations.day,
    conversations.user_id,
    conversations.model,
    conversations.surface,
    conversations.category,
    conversations.task_id,
    coalesce(sampled.weight, 1) as judge_weight{{ stratum_columns }},
    wide_flags.* exclude (conversation_id),
    wide_outcomes.* exclude (conversation_id)
from conversations
left join wide_flags using (conversation_id)
left join wide_outcomes using (conversation_id)
left join sampled using (conversation_id)
where conversations.day >= $start and conversations.day < $end;
