-- One row per (metric, outcome) whose lift was ever shown: the first day on which anybody could see it.
-- A prior written later than that is exploratory. Never deleted.
create table if not exists lift_seen (
    metric          varchar not null,
    outcome         varchar not null,
    definition_hash varchar not null,   -- a reworded metric is another one
    seen_on         date    not null,   -- the first day
    as_of           timestamp,
    primary key (metric, outcome, definition_hash)
);
