-- One row per (judged metric, older epoch): how the current epoch answers what the older one answered,
-- and what the older epoch's days come to by the current one. `reason` says why there is no crosswalk.
create table if not exists judge_bridge (
    metric          varchar not null,
    from_epoch      varchar not null,   -- the older one
    to_epoch        varchar not null,   -- the current one
    n_sampled       bigint  not null,   -- conversations drawn for the bridge
    n_pairs         bigint  not null,   -- of these, with an answer of both epochs
    n_unscored      bigint  not null,   -- of the pairs, unscored by one of them: in no figure
    n_not_applicable bigint not null,   -- of the others, not applicable by one of them
    n               bigint  not null,   -- scored by both
    both_true       bigint  not null,   -- both say yes
    only_old        bigint  not null,   -- true by the older epoch alone
    only_new        bigint  not null,   -- true by the current epoch alone
    both_false      bigint  not null,   -- both say no
    agreement       double,             -- of n; null: n is 0
    kappa           double,             -- null also: nobody varies
    kappa_low       double,             -- 95 %; null also: all agree
    kappa_high      double,
    true_if_true    double,             -- share that the current epoch calls true where the older one
                                        -- does; null: it does so nowhere
    true_if_true_low double,            -- 95 %, Wilson
    true_if_true_high double,
    true_if_false   double,             -- the same where the older one says false
    true_if_false_low double,
    true_if_false_high double,
    n_old           bigint  not null,   -- conversations of days whose flags are of the older epoch,
                                        -- scored by it
    old_share       double,             -- true by the older epoch; weighted, as judged samples are
    old_low         double,             -- 95 %, Wilson
    old_high        double,
    bridged_share   double,             -- true as the current epoch would have it: the crosswalk
    bridged_low     double,             -- 95 %: error of the old answers and of the bridge
    bridged_high    double,
    reason          varchar check (reason in (
        'no_bridge', 'no_old_answers', 'too_few_pairs', 'few_old_true', 'few_old_false',
        'nothing_applies'
    )),
    primary key (metric, from_epoch)
);
