-- One row per conversation that may be labelled for a judged metric: answered by the judge, its
-- primary outcome known. Whether people answered, and whether that answer counts under this judge.
with plans as (
    select conversation_id, bool_or(epoch = {{ epoch }} and outcome = {{ primary }}) as is_current
    from label_plan
    where metric = {{ metric }}
    group by all
)
select
    flags.conversation_id,
    flags.flag = 'true' as judged,
    {{ stratum }} as event,
    labels.label is not null as answered,
    answered and plans.is_current is distinct from false as counts
from judge_flags as flags
join labeled_conversations as wide using (conversation_id)
left join human_labels as labels
    on labels.conversation_id = flags.conversation_id and labels.metric = flags.metric
left join plans on plans.conversation_id = flags.conversation_id
where flags.metric = {{ metric }} and flags.flag in ('true', 'false') and {{ stratum }} is not null
