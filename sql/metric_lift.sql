-- One row per (metric, outcome, scope): the outcome's rate with the flag and without it, over the
-- conversations whose horizon has passed, and the relative risk between the two.
create table if not exists metric_lift (
    metric        varchar not null,
    outcome       varchar not null,
    scope         varchar not null,     -- all, or model=<release>
    n             bigint  not null,     -- matured conversations in scope
    n_scored      bigint  not null,     -- of these, with a true or false flag
    n_true        bigint  not null,
    events_true   bigint  not null,
    events_false  bigint  not null,
    weighted      boolean not null,     -- the figures below are weighted by the judged sample;
                                        -- the counts above never are
    prevalence    double,
    rate_true     double,
    rate_false    double,
    rr            double,               -- crude relative risk, null with a reason
    rr_low        double,
    rr_high       double,
    p             double,
    q             double,               -- Benjamini-Hochberg over (outcome, scope)
    reason        varchar,              -- why a figure is null
    prior_sign    integer,
    measured_sign integer,              -- of log rr when q < .05
    verdict       varchar,
    horizon_days  integer not null,
    as_of         timestamp,
    epoch         varchar not null,
    primary key (metric, outcome, scope),
    check (n_true <= n_scored and n_scored <= n),
    check (events_true <= n_true and events_false <= n_scored - n_true)
);
