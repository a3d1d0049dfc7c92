-- One row per file with records of these days: records that are refused, whose conversation is of these
-- days, or all of whose conversation's records are; and how many of them ended in exactly one place:
-- in a conversation, as a duplicate, or refused. (Records of a conversation that started on another day
-- are counted there.)
with touched as (
    select distinct conversation_id
    from conversation_logs
    where day >= $start and day < $end and reject_reason is null
),
ours as (
    select conversation_id
    from conversation_logs
    semi join touched using (conversation_id)
    where reject_reason is null
    group by conversation_id
    having min(day) >= $start and max(day) < $end
    union
    select conversation_id from conversations where day >= $start and day < $end
),
records as (
    select file, line, part, false as is_refused
    from conversation_logs
    semi join ours using (conversation_id)
    where reject_reason is null
    union all
    select file, line, part, true
    from conversation_logs
    where reject_reason is not null and day >= $start and day < $end
),
used as (
    select source.file, source.line, source.part, count(*) as n
    from (
        select unnest(sources) as source
        from conversations
        semi join ours using (conversation_id)
    )
    group by all
)
select
    records.file,
    count(*) as records_in,
    sum((
        coalesce(used.n, 0) + (duplicates.file is not null)::integer + is_refused::integer = 1
    )::integer) as records_accounted_for
from records
left join used using (file, line, part)
left join duplicate_lines as duplicates using (file, line, part)
group by records.file
