-- One row per scope: the counts behind every metric's lift on one outcome, over matured
-- conversations. Scopes: everything, and each release.
select
    {{ name }} as outcome,
    case when grouping(model) = 1 then 'all' else 'model=' || coalesce(model, 'unknown') end as scope,
    count(*) as n,
    {{ sums }}
from labeled_conversations
where {{ outcome }} is not null
group by grouping sets ((), (model))
order by scope
