-- One row per (metric about engagement, outcome, segment): how many users never try it, what the outcome
-- goes along with, crude and adjusted, and how many users an experiment would need to settle it.
create table if not exists engagement_effects (
    metric                varchar not null,
    outcome               varchar not null,
    segment_by            varchar not null,  -- all, a stratum of the rubric, or release
    segment               varchar not null,  -- its value; all
    n_users               bigint  not null,  -- users with a scored flag in the segment; one without a
                                             -- name counts as one per conversation
    users_never           bigint  not null,  -- of these, in none of whose conversations it is set
    never                 double,            -- their share, with Wilson's 95 % interval
    never_low             double,
    never_high            double,
    n                     bigint  not null,  -- conversations with a scored flag, outcome matured
    n_true                bigint  not null,  -- of these, with the behaviour
    events_true           bigint  not null,  -- of n_true, with the outcome
    events_false          bigint  not null,  -- of the others, with the outcome
    rate_true             double,            -- as counted
    rate_false            double,            -- the same without the behaviour
    rr                    double,            -- crude relative risk
    rr_low                double,            -- 95 %, for one look
    rr_high               double,
    adjusted_for          varchar,           -- strata and releases whose mix is held fixed
    n_adjusted            bigint,            -- conversations in strata that have both arms
    n_strata              bigint,            -- such strata
    adjusted_rate         double,            -- with the behaviour, in the mix where the arms overlap
    adjusted_rate_without double,            -- without it, in the same mix
    adjusted_rd           double,            -- their difference
    adjusted_low          double,            -- 95 %, by user, for one look
    adjusted_high         double,
    adjusted_rr           double,            -- the ratio of the two rates
    adjusted_rr_low       double,
    adjusted_rr_high      double,
    reason                varchar,           -- why there is no adjusted figure
    p                     double,            -- of the adjusted difference
    q                     double,            -- Benjamini-Hochberg over all rows of the outcome
    per_arm               bigint,            -- users per arm of an experiment (80 % power) in which one
                                             -- arm does it, if the adjusted difference is the truth
    per_arm_half          bigint,            -- if half of it is
    per_arm_offered       bigint,            -- if it is offered, and 30 % take it up
    as_of                 timestamp,         -- time up to which outcomes were known
    primary key (metric, outcome, segment_by, segment),
    check (users_never <= n_users and n_true <= n),
    check (events_true <= n_true and events_false <= n - n_true)
);
