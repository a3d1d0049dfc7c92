-- One row per (scope, stratum, follow-up) of one outcome: the counts of all days. Judged flags of other
-- epochs than the current one are in no count.
with cells as (
    select stat_cells.*, others.day is null as is_current
    from stat_cells
    left join (
        select distinct day from judge_flags where epoch <> {{ epoch }}
    ) as others using (day)
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
