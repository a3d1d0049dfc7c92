-- One row: the time up to which outcomes are known. The newest arrival of an event, or the end of
-- the newest day an outcome drop is dated (unless that lies after the day the file was changed),
-- whichever is later. Null: no outcome ever arrived.
create view if not exists known_up_to as
select max(known) as as_of
from (
    select max(arrived_at) as known from outcome_events
    union all
    select max(path_day) + interval 1 day
    from log_files
    where kind = 'outcomes' and path_day <= make_timestamp_ns(modified_ns)::date
);
