-- One row: conversations of these days, and those that are not whole. Keys, counts and days, no text.
with twice as (
    select conversation_id
    from conversations
    where day >= $start and day < $end
    group by conversation_id
    having count(*) > 1
),
own as (
    select
        conversation_id,
        coalesce(trim(conversation_id) = '' or content_hash = '', true) as has_no_key,
        coalesce(len(messages) = 0, true) as has_no_messages,
        coalesce(len(sources) = 0, true) as has_no_sources,
        coalesce(started_at::date <> day, true) as is_on_another_day
    from conversations
    where day >= $start and day < $end
)
select
    'days' as scope,
    count(*) as n_conversations,
    (select count(*) from twice) as n_twice,
    (select min(conversation_id, 5) from twice) as n_twice__ids,
    count_if(has_no_key) as n_without_key,
    min(conversation_id, 5) filter (has_no_key) as n_without_key__ids,
    count_if(has_no_messages) as n_without_messages,
    min(conversation_id, 5) filter (has_no_messages) as n_without_messages__ids,
    count_if(has_no_sources) as n_without_sources,
    min(conversation_id, 5) filter (has_no_sources) as n_without_sources__ids,
    count_if(is_on_another_day) as n_on_another_day,
    min(conversation_id, 5) filter (is_on_another_day) as n_on_another_day__ids
from own
