-- One row: counts of two groups of conversations and of the outcome in them, for the demo's planted
-- quantities. Shares are over all conversations, outcomes over matured ones.
select
    count(*) as n_all,
    count(*) filter (where {{ group }}) as n_group,
    count(*) filter (where {{ group }} and {{ outcome }} is not null) as n1,
    count(*) filter (where {{ group }} and {{ outcome }}) as events1,
    count(*) filter (where {{ versus }} and {{ outcome }} is not null) as n0,
    count(*) filter (where {{ versus }} and {{ outcome }}) as events0
from labeled_conversations
