-- One row per (day, work): the newest landing that changed what this work reads for this day, and the
-- newest one its tables were built with. Written in the transaction that lands the rows, read by the
-- sensors of drops.
create table if not exists day_changes (
    day    date    not null,     -- of conversations, or of events (work = events)
    work   varchar not null check (work in ('events', 'day', 'recorded_labels')),
                                 -- events: outcome_events of the day; day: everything else of it;
                                 -- recorded_labels: the same, when labels are the judge
    change bigint  not null,     -- number of the landing, counting up
    kind   varchar,              -- of its files: conversations, outcomes or labels; null: an erasure
    built  bigint  not null default 0,  -- the same of the newest landing it was built with
    primary key (day, work)
);
