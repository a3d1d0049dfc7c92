-- One row per landed outcome row that counts no more: one with the same outcome and event_id arrived
-- after it and is known. A row that does not say when it arrived came after those before it in the drops.
create view if not exists replaced_events as
with repeated as (  -- most events have one version, and sorting all of them would cost
    select outcome, event_id
    from outcome_logs
    where event_id is not null and reject_reason is null
    group by outcome, event_id
    having count(*) > 1
),
versions as (
    select
        file,
        line,
        outcome,
        event_id,
        coalesce(arrived_at, max(coalesce(arrived_at, occurred_at)) over (
            partition by outcome, event_id order by file, line
        )) as arrived_at
    from outcome_logs
    semi join repeated using (outcome, event_id)
    cross join known_up_to
    where reject_reason is null
        and coalesce(greatest(arrived_at, occurred_at) <= as_of, true)
)
select file, line, outcome, event_id
from versions
qualify row_number() over (
    partition by outcome, event_id order by arrived_at desc nulls last, file desc, line desc
) > 1;
