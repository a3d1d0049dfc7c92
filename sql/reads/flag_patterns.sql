-- One row per combination of flags, context and half of the users, over matured conversations:
-- how many there are and how many have the outcome. All conversations of a user are in one half,
-- the same for ever; one without a user stands for itself.
select
    {{ columns }}
    md5_number_lower(coalesce(user_id, conversation_id)) % 2 = 1 as held_out,
    count(*) as n,
    sum({{ outcome }}::integer) as events
from labeled_conversations
where {{ outcome }} is not null
group by all
