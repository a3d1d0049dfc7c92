-- One row per scope: the counts behind every metric's lift on one outcome, over matured
-- conversations. Scopes: everything, and each release.
select
    {{ name }} as outcome,
    case when grouping(release) = 1 then 'all' else 'model=' || release end as scope,
    count(*) as n,
    {{ sums }}
from (from labeled_conversations select *, coalesce(model, 'unknown') as release)
where {{ outcome }} is not null
group by grouping sets ((), (release))
order by scope
