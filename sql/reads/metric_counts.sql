-- One row per scope: the counts behind every metric's lift on one outcome, over matured
-- conversations, and for judged metrics the same sums weighted by the judged sample. Scopes:
-- everything, and each release.
select
    {{ name }} as outcome,
    case when grouping(release) = 1 then 'all' else 'model=' || release end as scope,
    count(*) as n,
    {{ sums }}
from (
    from labeled_conversations
    select
        *,
        coalesce(model, 'unknown') as release,
        -- decimals: sums of doubles differ in their last digits from run to run
        judge_weight::decimal(38, 9) as _weight,
        (judge_weight * judge_weight)::decimal(38, 9) as _weight_squared
)
where {{ outcome }} is not null
group by grouping sets ((), (release))
order by scope
