-- One row per product release: matured conversations and those with the outcome.
select
    coalesce(model, 'unknown') as release,
    count(*) as n,
    sum({{ outcome }}::integer) as events
from labeled_conversations
where {{ outcome }} is not null
group by release
order by release
