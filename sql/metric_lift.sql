-- One row per (metric, outcome, scope): the outcome's rate with the flag and without it, and the ratio
-- between the two: crude, adjusted for what the rubric declares, corrected for the judge's errors.
create table if not exists metric_lift (
    metric           varchar not null,
    outcome          varchar not null,
    scope            varchar not null,  -- all, model=<release> or surface=<surface>
    n                bigint  not null,  -- conversations whose outcome was waited for at least a day
    n_matured        bigint  not null,  -- of these, with the horizon passed
    n_scored         bigint  not null,  -- of n, with a true or false flag
    n_true           bigint  not null,  -- of n_scored, with a true flag
    events_true      bigint  not null,  -- of n_true, with the outcome
    events_false     bigint  not null,  -- of the others scored, with the outcome
    weighted         boolean not null,  -- figures below are weighted by the judged sample; the counts
                                        -- above never are
    prevalence       double,            -- share of scored conversations with a true flag
    rate_true        double,            -- share with the outcome by the horizon (Kaplan-Meier)
    rate_false       double,            -- the same without the flag
    rd               double,            -- risk difference
    rd_low           double,
    rd_high          double,
    rr               double,            -- crude relative risk; null with a reason
    rr_low           double,
    rr_high          double,
    rr_method        varchar,           -- kaplan_meier, katz, score, weighted
    reason           varchar,           -- why a crude figure is null
    p                double,            -- of the crude figure
    rr_matured       double,            -- the plain check: matured conversations only
    rr_matured_low   double,
    rr_matured_high  double,
    adjusted_rr      double,            -- modified Poisson, interval clustered by user
    adjusted_low     double,
    adjusted_high    double,
    adjusted_p       double,            -- of the adjusted figure
    adjusted_reason  varchar,           -- why an adjusted figure is null
    adjusted_for     varchar,           -- the adjustment set as used; null: nothing
    n_users          bigint,            -- clusters behind the adjusted interval
    mh_rr            double,            -- Mantel-Haenszel over the cross of the same set
    mh_low           double,
    mh_high          double,
    n_strata         bigint,            -- behind the Mantel-Haenszel figure
    heterogeneity_p  double,            -- Breslow-Day-Tarone across those strata
    corrected_rr     double,            -- for the judge's errors, from labels by judge x outcome
    corrected_low    double,
    corrected_high   double,
    corrected_reason varchar,           -- why it is refused
    pooled_rr        double,            -- the same, if errors do not depend on the outcome
    pooled_low       double,
    pooled_high      double,
    differential_p   double,            -- test that they do not
    q                double,            -- Benjamini-Hochberg over the scope: all metrics and outcomes
    e_value          double,            -- of the adjusted figure, else of the crude one
    e_value_limit    double,            -- of the end of its interval that is nearer to 1
    mde_low          double,            -- relative risks that 80 % power would have found
    mde_high         double,            -- above 1
    prior_sign       integer,           -- of its effect as expected: 1, -1, or 0 for none
    measured_sign    integer,           -- of the adjusted figure when q < .05; 0 when not told apart
    verdict          varchar,           -- null when the flag knows the outcome
    leaks            varchar,           -- why it knows the outcome
    exploratory      boolean not null,  -- the prior is younger than the first sight of its lift, or says so
    first_visible_on date,              -- the first day anybody could see this lift
    horizon_days     integer not null,
    as_of            timestamp,
    epoch            varchar not null,
    primary key (metric, outcome, scope),
    check (n_true <= n_scored and n_scored <= n and n_matured <= n),
    check (events_true <= n_true and events_false <= n_scored - n_true),
    check (leaks is null or verdict is null)
);
