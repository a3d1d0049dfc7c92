-- One row per (judged metric, outcome, the judge's flag, event, event of the primary outcome, label,
-- planned): conversations the judge answered true or false. An event is null when it is not known yet,
-- a label when there is none, or when it was drawn under another judge or primary outcome.
with plans as (
    select conversation_id, metric, bool_or(epoch = {{ epoch }} and outcome = {{ primary }}) as is_current
    from label_plan
    group by all
),
counted as (
    select
        flags.metric,
        flags.flag = 'true' as judged,
        {{ stratum }} as stratum,
        {{ events }},
        if(plans.is_current is false, null, labels.label) as label,
        coalesce(plans.is_current, false) as planned,
        count(*) as n
    from judge_flags as flags
    left join labeled_conversations as wide using (conversation_id)
    left join human_labels as labels using (conversation_id, metric)
    left join plans using (conversation_id, metric)
    where flags.flag in ('true', 'false') and flags.epoch = {{ epoch }}
        and substr(flags.definition_hash, 17) = {{ mark }}
    group by all
)
select metric, outcome, judged, event, stratum, label, planned, sum(n)::bigint as n
from (
    {{ outcomes }}
)
group by all
order by all
