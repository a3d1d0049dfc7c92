-- One row per outcome: an equal-weight sum of flags (the usual quality score) against the best
-- single flag, which was chosen on one half of the users; both measured on the other half.
create table if not exists composite_lift (
    outcome varchar primary key,
    n       bigint not null,            -- held-out conversations
    events  bigint not null,            -- of these, with the outcome
    flags   bigint not null,            -- in the score: every flag with a prior of + or -
    score_auc  double,                  -- concordance: chance that one with the outcome scores
                                        -- above one without it, ties half
    score_low  double,                  -- DeLong, 95 %
    score_high double,
    score_top_rate    double,           -- rate of the best-scored, as many as on the better side
                                        -- of the flag
    score_bottom_rate double,           -- of the worst-scored, as many as on its other side
    best_metric varchar,                -- the best single flag
    best_sign   integer,                -- 1: the better side is true, -1: false
    best_auc    double,                 -- concordance of that flag
    best_low    double,
    best_high   double,
    best_rate_true  double,             -- rate of those with it
    best_rate_false double,             -- rate of those without it
    difference      double,             -- score_auc - best_auc, paired
    difference_low  double,
    difference_high double,
    reason varchar,                     -- why figures are null
    as_of  timestamp
);
