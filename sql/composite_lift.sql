-- One row per outcome: an equal-weight sum of flags (the usual quality score) against the best
-- single flag, which was chosen on one half of the users; both measured on the other half.
create table if not exists composite_lift (
    outcome varchar primary key,
    n       bigint not null,            -- held-out conversations
    events  bigint not null,
    flags   bigint not null,            -- in the score: every flag with a prior of + or -
    score_auc  double,                  -- concordance: chance that one with the outcome scores
    score_low  double,                  -- above one without it, ties half; DeLong, 95 %
    score_high double,
    score_top_rate    double,           -- rate of the best-scored, as many as on the better side
    score_bottom_rate double,           -- of the flag; of the worst-scored, as many as the others
    best_metric varchar,
    best_sign   integer,                -- 1: the better side is true, -1: false
    best_auc    double,
    best_low    double,
    best_high   double,
    best_rate_true  double,
    best_rate_false double,
    difference      double,             -- score_auc - best_auc, paired
    difference_low  double,
    difference_high double,
    reason varchar,
    as_of  timestamp
);
