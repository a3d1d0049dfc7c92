-- One row per (comparison, grouping, metric): how a way of grouping the judge's questions agrees with
-- one question a call, and what it costs. The metric `all` is over all of them. Made by
-- `last-mile judge grouping`.
create table if not exists judge_grouping (
    compared_at     timestamp not null,  -- UTC
    judge           varchar   not null,
    grouping        varchar   not null,  -- all, one, or a number of groups
    epoch           varchar   not null,  -- under which its verdicts are in the ledger
    metric          varchar   not null,
    n_sampled       bigint    not null,  -- conversations drawn
    n_conversations bigint    not null,  -- of these, with every answer under every grouping: compared
    n               bigint    not null,  -- answers that it and one question a call scored
    n_agree         bigint    not null,  -- of n, with the same answer
    agreement       double,              -- null: of one question a call itself, or n is 0
    kappa           double,              -- against one question a call; null also: nobody varies
    kappa_low       double,              -- 95 %, answers taken as independent
    kappa_high      double,
    n_lost          bigint    not null,  -- answers that only one question a call scored
    n_unscored      bigint    not null,  -- answers that it did not score
    n_labelled      bigint    not null,  -- answers that it scored and people gave too
    label_kappa     double,              -- against people
    label_low       double,
    label_high      double,
    calls           bigint,              -- of the whole grouping, on the row of `all`
    usd_per_1000    double,              -- cost of 1,000 conversations, on the row of `all`
    recommended     boolean   not null,  -- the grouping is; true on all rows of exactly one
    reason          varchar   not null check (reason in (
        'baseline', 'as_good_by_labels', 'agrees_with_one',                   -- acceptable
        'worse_by_labels', 'disagrees_with_one', 'loses_answers', 'no_variation'
    )),                                  -- why the grouping is acceptable or not
    primary key (compared_at, grouping, metric)
);
