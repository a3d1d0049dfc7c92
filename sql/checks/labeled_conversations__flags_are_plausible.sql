-- One row per metric with 100 scored conversations of these days or more: its prevalence, and bounds
-- from the two weeks before and after: a tenth and four standard errors off; what is never (or always)
-- true is out of bounds unless chance would do that with 1 : 1,000,000. With fewer than 500 scored
-- conversations around it a metric is only held to be true sometimes and false sometimes.
with counted as (
    select
        day >= $start and day < $end as is_own,
        unnest({{ shares }}, recursive := true)
    from labeled_conversations
    where day >= $start::date - 14 and day < $end::date + 14
    group by is_own
),
totals as (
    select
        metric,
        coalesce(max(n) filter (is_own), 0) as n,
        coalesce(max("true") filter (is_own), 0) as n_true,
        coalesce(max(n) filter (not is_own), 0) as n_around,
        coalesce(max("true") filter (not is_own), 0) as n_true_around
    from counted
    group by metric
),
compared as (
    select
        *,
        if(n_around >= 500, n_true_around / n_around, null) as around,
        .1 + 4 * sqrt(around * (1 - around) * (1 / n + 1 / n_around)) as margin
    from totals
    where n >= 100
)
select
    format(
        '{}: true in {:,} of {:,}, in the two weeks around it in {:,} of {:,}',
        metric, n_true, n, n_true_around, n_around
    ) as metric,
    n_true / n as prevalence,
    greatest(
        coalesce(around - margin, 0), if(coalesce(pow(1 - around, n) < 1e-6, true), 1 / n, 0)
    ) as lowest,
    least(
        coalesce(around + margin, 1), if(coalesce(pow(around, n) < 1e-6, true), 1 - 1 / n, 1)
    ) as highest
from compared
