-- One row per (product release, outcome): the outcome's rate, and its relative risk against the
-- release with the most conversations. Crude: users and tasks may differ between releases.
create table if not exists release_comparison (
    release   varchar not null,         -- the conversation's `model`
    outcome   varchar not null,
    n         bigint  not null,
    events    bigint  not null,
    rate      double,
    rate_low  double,
    rate_high double,
    reference varchar not null,         -- the release it is compared with
    rr        double,
    rr_low    double,
    rr_high   double,
    reason    varchar,                  -- why the ratio is null
    as_of     timestamp,
    primary key (release, outcome)
);
