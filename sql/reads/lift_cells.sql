-- One row per (scope, stratum, follow-up) of one outcome: the counts of all days. Flags of another epoch or
-- definition than the current one are in no count.
with others(day, _others) as (values {{ others }}),  -- metrics of a day whose flags are of another one
cells as (
    select stat_cells.*, _others
    from stat_cells
    left join others using (day)
    where outcome = {{ name }} and stratum_of = {{ stratum_of }}
)
select
    model,
    surface,
    stratum,
    hash(model, surface{{ stratum_parts }}) as stratum_key,
    judge_weight,
    matured,
    event,
    followup_day,
    sum(n)::bigint as n,
    {{ sums }}
from cells
group by all
order by all
