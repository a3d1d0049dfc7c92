-- One row: the time up to which outcomes are known. The newest landed event, or the end of
-- the newest day an outcome drop is dated (unless that lies after the day the file was changed),
-- whichever is later. Null: no outcome ever arrived.
create view if not exists known_up_to as
select max(known) as as_of
from (
    select max(greatest(coalesce(arrived_at, occurred_at), coalesce(occurred_at, arrived_at))) as known
    from outcome_logs
    where reject_reason is null
    union all
    select max(started_at)
    from conversation_logs
    where reject_reason is null
        and conversation_id in (
            select conversation_id
            from outcome_logs
            where reject_reason is null and occurred_at is null and arrived_at is null
        )
    union all
    select max(least(path_day + interval 1 day, make_timestamp_ns(modified_ns)::timestamp))
    from log_files
    where kind = 'outcomes' and status = 'landed'
        and path_day <= make_timestamp_ns(modified_ns)::date
);
