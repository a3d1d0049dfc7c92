-- One row per (judged metric, day, the judge's answer): labels of people, and those that agree with it.
select
    flags.metric,
    flags.day,
    flags.epoch || substr(flags.definition_hash, 17) as version,
    flags.flag = 'true' as judged,
    count(*) as n,
    count(*) filter (labels.label = (flags.flag = 'true')) as positive
from judge_flags as flags
join human_labels as labels using (conversation_id, metric)
where flags.flag in ('true', 'false')
group by all
order by all
