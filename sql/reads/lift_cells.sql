-- One row per (scope, stratum, follow-up) of one outcome: the counts of all days.
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
from stat_cells
where outcome = {{ name }} and stratum_of = {{ stratum_of }}
group by all
order by all
