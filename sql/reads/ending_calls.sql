-- One row per tool of a list: conversations that called it, and those that ended with the call: no user
-- spoke after it. A flag for such a call says how the episode ended, not what led there.
with said as (
    select conversation_id, unnest(messages) as message, generate_subscripts(messages, 1) as place
    from conversations
),
called as (
    select conversation_id, message."name" as tool, max(place) as place
    from said
    where message.role = 'tool' and message."name" in ({{ tools }})
    group by all
),
last_words as (
    select conversation_id, max(place) as place
    from said
    where message.role = 'user'
    group by all
)
select
    called.tool,
    count(*) as n_called,
    sum((called.place > coalesce(last_words.place, 0))::integer) as n_ended
from called
left join last_words using (conversation_id)
group by called.tool
order by called.tool
