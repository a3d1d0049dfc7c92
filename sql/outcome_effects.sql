-- One row per (outcome, cause): what a product release and what each engagement behaviour goes along with,
-- in the same units, both with the mix held fixed. "Smarter models don't guarantee better products."
create table if not exists outcome_effects (
    outcome      varchar not null,      -- of the rubric
    kind         varchar not null       -- what the cause is
        check (kind in ('release', 'engagement')),
    cause        varchar not null,      -- release, or metric about engagement
    versus       varchar,               -- the release before; null: conversations without the behaviour
    adjusted_for varchar,               -- strata and flags whose mix is held fixed
    n            bigint,                -- matured conversations in strata that have both arms
    n_users      bigint,                -- users in them
    rate         double,                -- standardised to the mix where the arms overlap
    rate_versus  double,                -- the same without the cause
    rd           double,                -- risk difference, with its 95 % interval by user for one look
    rd_low       double,                -- 95 %
    rd_high      double,                -- the same
    rr           double,                -- relative risk
    rr_low       double,                -- 95 %
    rr_high      double,                -- the same
    reason       varchar,               -- why there is no interval, as in release_comparison
    as_of        timestamp,             -- time up to which outcomes were known
    primary key (outcome, kind, cause)
);
