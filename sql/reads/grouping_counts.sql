-- One row per (epoch, judged metric) over a list of conversations: its answers against those of one
-- question a call, and against people's.
with answers as (
    select
        epoch,
        metric,
        content_hash,
        conversation_id,
        -- as judge_flags: by the rubric's choice, a positive without its quote is no answer
        if(quote_match = 'unverified' and {{ unverified_is_unscored }}, 'unscored', flag) as counted,
        case counted when 'true' then true when 'false' then false end as is_true
    from judge_verdicts
    where content_hash in ({{ hashes }}) and epoch in ({{ epochs }}) and metric in ({{ metric_ids }})
)
select
    grouped.epoch,
    metric,
    count(*) filter (grouped.is_true and one.is_true) as both_true,
    count(*) filter (grouped.is_true and not one.is_true) as only_grouped,
    count(*) filter (not grouped.is_true and one.is_true) as only_one,
    count(*) filter (not grouped.is_true and not one.is_true) as both_false,
    count(*) filter (grouped.is_true is null and one.is_true is not null) as n_lost,
    count(*) filter (grouped.counted = 'unscored') as n_unscored,
    count(*) filter (grouped.is_true and labels.label) as true_positive,
    count(*) filter (grouped.is_true and not labels.label) as false_positive,
    count(*) filter (not grouped.is_true and labels.label) as false_negative,
    count(*) filter (not grouped.is_true and not labels.label) as true_negative
from answers as grouped
join (from answers where epoch = {{ one }}) as one using (content_hash, metric)
left join human_labels as labels
    on labels.conversation_id = grouped.conversation_id and labels.metric = grouped.metric
group by grouped.epoch, metric
