-- One row per table that lifts and tiers are counted from: its rows, and those whose conversation is gone
-- or on another day.
with rows_of_days as (
    select 'outcomes' as "table", conversation_id, day from outcomes
    union all
    select 'labeled_conversations', conversation_id, day from labeled_conversations
    union all
    select 'quality_tiers', conversation_id, day from quality_tiers
)
select
    "table",
    count(*) as n_rows,
    count_if(conversations.day is null) as n_orphans,
    min(conversation_id || ' on ' || rows_of_days.day, 5) filter (conversations.day is null)
        as n_orphans__ids
from rows_of_days
left join (select conversation_id, day from conversations) as conversations
    using (conversation_id, day)
group by "table"
