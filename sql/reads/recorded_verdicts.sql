-- One row per (conversation of these days, judged metric) that a recorded judge answered: true when
-- any of its turns carries the value, with the first such turn.
with sources(metric, label_metric, label_value, annotator) as (values {{ label_sources }}),
asked as (
    select content_hash, conversation_id, day
    from conversations
    where day >= $start and day < $end
),
names as (  -- what a label may call a conversation: its id, or a trace or span logged with it
    select conversation_id as name, conversation_id from asked
    union
    select unnest([attributes ->> '$.trace_id', attributes ->> '$.span_id']), conversation_id
    from conversation_logs
    semi join asked using (conversation_id)
    where reject_reason is null
),
answers as (
    select
        sources.metric,
        names.conversation_id,
        logs.turn,
        logs.annotator as judge,
        logs.confidence,
        case
            when label_value is not null then logs.value = label_value
            when lower(trim(logs.value)) in ('1', '1.0', 'true', 'yes') then true
            when lower(trim(logs.value)) in ('0', '0.0', 'false', 'no') then false
        end as is_true,  -- null: neither yes nor no
        lower(trim(logs.value)) in ('not_applicable', 'n/a', 'na') as is_not_applicable
    from label_logs as logs
    join names on names.name = logs.conversation_id
    join sources
        on logs.metric = sources.label_metric
        and (sources.annotator is null or logs.annotator = sources.annotator)
    where logs.reject_reason is null
        and logs.annotator_kind <> 'human'
        and ({{ annotator }} is null or logs.annotator = {{ annotator }})
)
select
    asked.content_hash,
    asked.conversation_id,
    asked.day,
    answers.metric,
    string_agg(distinct answers.judge, ', ' order by answers.judge) as judge,
    case
        when bool_or(answers.is_true) then 'true'
        when bool_or(not answers.is_true) then 'false'
        when bool_or(answers.is_not_applicable) then 'not_applicable'
        else 'unscored'
    end as flag,
    if(flag = 'unscored', 'off_menu', 'judged') as reason,
    case flag  -- the least sure of the turns that made the answer
        when 'true' then coalesce(min(answers.confidence) filter (answers.is_true), 1.0)
        when 'false' then coalesce(min(answers.confidence) filter (not answers.is_true), 1.0)
        when 'not_applicable'
            then coalesce(min(answers.confidence) filter (answers.is_not_applicable), 1.0)
    end as confidence,
    min(answers.turn) filter (answers.is_true) as message_index
from asked
join answers using (conversation_id)
group by all
