-- One row per kind of personal data: how often it was replaced in the texts of the pool.
select kind, sum(n)::bigint as n
from (
    select unnest(json_keys(scrubbed)) as kind, scrubbed
    from training_texts
    where scrubbed is not null and scrubbed <> '{}'
) as replaced
cross join lateral (select (scrubbed ->> ('$."' || kind || '"'))::bigint as n)
group by kind
order by kind
