-- One row: counts of two groups of conversations and of the outcome in them, for the demo's planted
-- quantities. Shares are over all conversations, outcomes over matured ones.
select
    count(*) as n_all,
    coalesce(sum(({{ group }})::integer), 0) as n_group,
    coalesce(sum(({{ group }} and {{ outcome }} is not null)::integer), 0) as n1,
    coalesce(sum(({{ group }} and {{ outcome }})::integer), 0) as events1,
    coalesce(sum(({{ versus }} and {{ outcome }} is not null)::integer), 0) as n0,
    coalesce(sum(({{ versus }} and {{ outcome }})::integer), 0) as events0
from labeled_conversations
