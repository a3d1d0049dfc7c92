-- One row per segment (a conjunction of at most two flags) that was chosen on one half of the
-- users: its outcome on the other half, who had no part in the choice.
create table if not exists segment_lift (
    segment  varchar not null,
    outcome  varchar not null,
    n        bigint  not null,          -- held-out conversations in the segment
    events   bigint  not null,
    n_rest   bigint  not null,          -- held-out conversations outside it
    events_rest bigint not null,
    rate     double,
    rr       double,                    -- versus the held-out rest
    rr_low   double,
    rr_high  double,
    reason   varchar,
    as_of    timestamp,
    primary key (segment, outcome)
);
