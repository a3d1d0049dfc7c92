-- One row per segment (a conjunction of at most three literals over flags and context) that was
-- chosen on one half of the users and holds on the other half, who had no part in the choice:
-- its outcome there. Without a row, no segment held.
create table if not exists segment_lift (
    segment  varchar not null,          -- literals joined by ` and `: m, not m, column = value
    outcome  varchar not null,
    n        bigint  not null,          -- held-out conversations in the segment
    events   bigint  not null,
    n_rest   bigint  not null,          -- held-out conversations outside it
    events_rest bigint not null,        -- of n_rest, with the outcome
    rate     double,
    rate_low double,                    -- Wilson, 95 %
    rate_high double,
    rr       double,                    -- versus the held-out rest
    rr_low   double,
    rr_high  double,
    reason   varchar,                   -- why a figure is null
    vs_all   double,                    -- rate over the rate of the whole held-out half
    discovery_rate double,              -- on the half that chose it: flattered by the choice
    discovery_rr   double,              -- the same as relative risk
    dropped  varchar,                   -- decorative literals that were taken away, or null
    headline_metric varchar,            -- the strongest single flag, and its effect in the segment
    headline_rr     double,             -- its relative risk inside the segment
    headline_low    double,
    headline_high   double,
    headline_reason varchar,            -- why there is no effect: part_of_segment, empty_arm, …
    headline_overall_rr double,         -- the same flag on the whole held-out half
    reversed boolean,                   -- surely the other way round in the segment than overall
    reversals varchar,                  -- all flags that turn round in the segment, or null
    as_of    timestamp,
    primary key (segment, outcome)
);
