-- One row per (metric, week, epoch): how often a flag is true. Weeks of another epoch are comparable to
-- those of the current one by `bridged_…` only; `reason` says why there is none.
create table if not exists flag_trends (
    metric          varchar not null,
    kind            varchar not null    -- judge or heuristic
        check (kind in ('judge', 'heuristic')),
    week            date    not null,   -- its Monday
    epoch           varchar not null,   -- of the flags, as in flag_versions: of a heuristic its definition
    is_current      boolean not null,   -- epoch or definition are those of now
    n               bigint  not null,   -- conversations with true or false
    n_true          bigint  not null,   -- of these, true
    n_left_out      bigint  not null,   -- not applicable, unscored
    share           double,             -- true; weighted, as judged samples are
    low             double,             -- 95 %, Wilson
    high            double,             -- upper end of it
    n_pairs         bigint  not null,   -- conversations of the bridge to the current epoch, scored by both
    bridged_share   double,             -- of an older epoch: as the current one would have it
    bridged_low     double,             -- 95 %: error of the week and of the bridge
    bridged_high    double,
    reason          varchar check (reason in (
        'nothing_scored', 'rule_changed', 'no_bridge', 'too_few_pairs', 'few_old_true',
        'few_old_false', 'nothing_applies'
    )),
    primary key (metric, week, epoch)
);
