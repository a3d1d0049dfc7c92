-- One row: how many conversations with a known outcome there are, and how many went badly with and
-- without a flag that explains it. Those that a judge has to look at and answered nothing about count
-- in none of the groups.
select
    count(*) as n_matured,
    count(*) filter (not {{ outcome }}) as n_failed,
    count(*) filter (not {{ outcome }} and not {{ looked_at }}) as n_not_judged,
    count(*) filter (not {{ outcome }} and {{ looked_at }} and {{ explained }}) as n_explained,
    count(*) filter (not {{ outcome }} and {{ looked_at }} and not {{ explained }}) as n_unexplained,
    count(*) filter ({{ outcome }} and {{ looked_at }} and not {{ explained }})
        as n_unexplained_successes
from labeled_conversations
where {{ outcome }} is not null
