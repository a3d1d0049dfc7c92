-- One row per (conversation of these days, judged metric) that a recorded judge answered: true when
-- any of its turns carries the value, with the first such turn.
with sources(metric, label_metric, label_value, annotator) as (values {{ label_sources }}),
answers as (
    select
        sources.metric,
        logs.conversation_id,
        logs.turn,
        logs.annotator as judge,
        case
            when label_value is not null then logs.value = label_value
            when lower(trim(logs.value)) in ('1', '1.0', 'true', 'yes') then true
            when lower(trim(logs.value)) in ('0', '0.0', 'false', 'no') then false
        end as is_true,  -- null: neither yes nor no
        lower(trim(logs.value)) in ('not_applicable', 'n/a', 'na') as is_not_applicable
    from label_logs as logs
    join sources
        on logs.metric = sources.label_metric
        and (sources.annotator is null or logs.annotator = sources.annotator)
    where logs.reject_reason is null and logs.annotator_kind <> 'human'
)
select
    conversations.content_hash,
    conversations.conversation_id,
    conversations.day,
    answers.metric,
    string_agg(distinct answers.judge, ', ' order by answers.judge) as judge,
    case
        when bool_or(answers.is_true) then 'true'
        when bool_or(not answers.is_true) then 'false'
        when bool_or(answers.is_not_applicable) then 'not_applicable'
        else 'unscored'
    end as flag,
    if(flag = 'unscored', 'off_menu', 'judged') as reason,
    if(flag = 'unscored', null, 1.0) as confidence,
    min(answers.turn) filter (answers.is_true) as message_index
from conversations
join answers using (conversation_id)
where conversations.day >= $start and conversations.day < $end
group by all
