-- One row per outcome: conversations counted in the cells of these days, and those that were waited for
-- in the outcomes; positives likewise; and cells that hold more flags than conversations.
with counted as (
    select
        outcome,
        sum(n) as n,
        sum(if(matured and event, n, 0)) as n_positive,
        count_if({{ most_flagged }} > n) as n_overfull
    from stat_cells
    where day >= $start and day < $end
    group by outcome
),
waited_for as (
    select
        outcome,
        count(*) as n,
        sum((matured and state = 'positive')::integer) as n_positive
    from outcomes
    where day >= $start and day < $end and seen_days > 0
    group by outcome
)
select
    outcome,
    coalesce(counted.n, 0)::bigint as n_in_cells,
    coalesce(waited_for.n, 0)::bigint as n_waited_for,
    coalesce(counted.n_positive, 0)::bigint as positives_in_cells,
    coalesce(waited_for.n_positive, 0)::bigint as positives,
    coalesce(counted.n_overfull, 0) as n_overfull
from counted
full join waited_for using (outcome)
