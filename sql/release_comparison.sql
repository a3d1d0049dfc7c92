-- One row per (product release, flag or outcome): its rate beside that of the release before, and what is
-- left of the difference when the mix of conversations is held fixed, with intervals that hold however
-- often they are looked at. `reason` says why a figure is null.
create table if not exists release_comparison (
    release         varchar not null,   -- the conversation's `model`
    measure         varchar not null,   -- metric or outcome of the rubric
    kind            varchar not null    -- flag or outcome
        check (kind in ('flag', 'outcome')),
    sign            integer not null,   -- 1: more of it is better, -1: less is, 0: nobody expected either
    first_day       date    not null,   -- of the release
    reference       varchar,            -- the release it is compared with; null for the first one
    reference_is    varchar             -- the last one before, or the most used of those that
                                        -- began together
        check (reference_is in ('previous', 'most_used')),
    basis           varchar             -- tasks that are compared
        check (basis in ('all_tasks', 'common_tasks', 'refused')),
    basis_reason    varchar,            -- why these tasks: tasks_not_named, same_tasks, tasks_come_and_go,
                                        -- task_sets_differ, few_common_tasks
    n_common_tasks  bigint,             -- tasks that occur under both; null where tasks are not named
    n               bigint  not null,   -- conversations compared of which the measure is known
    events          bigint  not null,   -- those with the flag or outcome
    rate            double,             -- weighted, as judged samples are
    rate_low        double,             -- 95 %, Wilson
    rate_high       double,             -- the same
    n_reference     bigint,             -- conversations of the reference
    events_reference bigint,            -- those with the flag or outcome
    rate_reference  double,             -- weighted
    rd              double,             -- difference as counted: rate - rate_reference
    rd_low          double,             -- 95 % intervals are by user and for one look, but where said
    rd_high         double,             -- the same
    adjusted_for    varchar,            -- strata and flags whose mix is held fixed
    n_adjusted      bigint,             -- conversations in strata that both releases have
    n_strata        bigint,             -- strata with both releases
    n_users         bigint,             -- users in them
    adjusted_rate   double,             -- standardised to the mix where the releases overlap
    adjusted_rate_reference double,     -- the same of the reference
    adjusted_rd     double,             -- their difference: what the verdict is about
    adjusted_low    double,             -- 95 % by user, for one look
    adjusted_high   double,             -- the same
    adjusted_rr     double,             -- their ratio
    adjusted_rr_low double,             -- 95 % by user, for one look
    adjusted_rr_high double,            -- the same
    sequential_low  double,             -- 95 % interval of adjusted_rd that holds at every look
    sequential_high double,             -- the same
    p               double,             -- valid at every look
    q               double,             -- of the release's flags, or of its outcomes, together
    verdict         varchar             -- on q and the direction; null where the comparison was refused
        check (verdict in ('improved', 'regressed', 'moved', 'no_evidence')),
    detectable      double,             -- difference that this look would have shown with 80 % power
    n_paired_tasks  bigint,             -- tasks of which the measure is known under both
    paired_rd       double,             -- difference over these tasks, each counting alike
    paired_low      double,             -- for one look
    paired_high     double,             -- the same
    paired_p        double,             -- McNemar mid-p, or t over tasks
    paired_method   varchar             -- newcombe: each task once by each release, by other
                                        -- users; by_task otherwise
        check (paired_method in ('newcombe', 'by_task')),
    n_places        bigint,             -- values of strata in which the release was looked at apart
    worst_stratum   varchar,            -- the least favourable of them, as column=value
    worst_n         bigint,             -- conversations there
    worst_rd        double,             -- adjusted difference there
    worst_low       double,             -- 95 % of all places at once, at every look
    worst_high      double,             -- the same
    worst_p         double,             -- the same
    worst_q         double,             -- of the flags, or of the outcomes, together
    worst_verdict   varchar             -- on worst_q
        check (worst_verdict in ('improved', 'regressed', 'moved', 'no_evidence')),
    hides_regression boolean,           -- the worst stratum regressed and the whole did not
    epoch_basis     varchar             -- of a flag's epoch, or a rule's definition: same_epoch;
                                        -- common_epoch: others are left out; epochs_differ: refused
        check (epoch_basis in ('same_epoch', 'common_epoch', 'epochs_differ')),
    n_other_epochs  bigint,             -- conversations left out, their flag is of another one
    bridged_rate    double,             -- where epochs differ: as the current epoch would have it
    bridged_rate_reference double,      -- the same of the reference
    bridged_rd      double,             -- their difference as counted, no mix held fixed
    bridged_low     double,             -- 95 %, for one look, conversations taken as independent
    bridged_high    double,             -- the same
    n_bridge_pairs  bigint,             -- conversations of these releases scored by both epochs
    bridge_reason   varchar             -- why there is no bridged difference
        check (bridge_reason in (
            'task_sets_differ', 'no_bridge', 'no_old_answers', 'too_few_pairs', 'few_old_true',
            'few_old_false', 'nothing_applies'
        )),
    reason          varchar,            -- first_release, few_common_tasks, epochs_differ,
                                        -- rule_changed, no_common_stratum or not_enough_events
    as_of           timestamp,          -- time up to which outcomes were known
    primary key (release, measure)
);
