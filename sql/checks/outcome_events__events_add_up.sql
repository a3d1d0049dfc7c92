-- One row per file with outcome rows of these days: rows that were accepted, and the events they became.
with landed as (
    select
        logs.file,
        logs.line,
        coalesce(logs.occurred_at, conversations.started_at)::date as day
    from outcome_logs as logs
    left join conversations using (conversation_id)
    where reject_reason is null
),
own as (
    from landed where day >= $start and day < $end
),
events as (
    select source_file as file, source_line as line, arrived_at < occurred_at as is_early
    from outcome_events
    where day >= $start and day < $end
)
select
    file,
    count(own.day) as n_landed,
    count_if(events.is_early is null) as n_missing,
    list_transform(min(line, 5) filter (events.is_early is null), lambda n: file || ':' || n)
        as n_missing__ids,
    count_if(own.day is null) as n_of_others,
    list_transform(min(line, 5) filter (own.day is null), lambda n: file || ':' || n)
        as n_of_others__ids,
    count_if(events.is_early) as n_too_early,
    list_transform(min(line, 5) filter (events.is_early), lambda n: file || ':' || n)
        as n_too_early__ids
from own
full join events using (file, line)
group by file
