-- One row per term or context that was chosen on half of the users and measured on the others: what
-- conversations that went badly, and that no flag explains, have in common. Terms are words of users, of at
-- least ten of them.
create table if not exists failure_modes (
    failure_id        varchar primary key,  -- names the term or context, the same everywhere
    kind              varchar not null      -- a context is a stratum's value: no rule can ask for it
        check (kind in ('term', 'context')),
    part              varchar not null,     -- final_output, first_user or user; of a context its column
    feature           varchar not null,     -- the words; the value
    outcome           varchar not null,     -- the outcome that did not come
    state             varchar not null      -- proposed: lowers the outcome, and tells failures apart
        check (state in ('proposed', 'lowers_outcome', 'goes_with_flags', 'not_confirmed')),
    n                 bigint  not null,     -- held-out conversations no flag explains, with it
    events            bigint  not null,     -- of these, with the outcome
    n_without         bigint  not null,     -- the same without it
    events_without    bigint  not null,     -- of n_without, with the outcome
    n_users           bigint  not null,     -- users of n
    n_unexplained     bigint  not null,     -- held-out failures no flag explains
    n_explained       bigint  not null,     -- held-out failures a flag explains
    rate              double,               -- of the outcome, with Wilson's 95 % interval
    rate_low          double,
    rate_high         double,
    rate_without      double,               -- of n_without
    rd                double,               -- with it less without it, the strata's mix held fixed
    rd_low            double,               -- 95 %, by user
    rd_high           double,
    rr                double,
    rr_low            double,
    rr_high           double,
    reason            varchar,              -- why rd has no interval
    p                 double,               -- of rd
    q                 double,               -- Benjamini-Hochberg over all that was chosen
    share_unexplained double,               -- of unexplained failures that have it
    share_explained   double,               -- of explained failures that have it
    separation_rr     double,               -- the one share over the other, the mix held fixed
    separation_low    double,
    separation_high   double,
    separation_reason varchar,              -- why it has no interval
    separation_p      double,               -- of the difference of the shares
    q_both            double,               -- of the larger of both p: that both hold
    adjusted_for      varchar,              -- strata; null for a context
    n_tried           bigint  not null,     -- terms and contexts chosen, over which q counts
    sampled           double  not null,     -- share of the unexplained conversations that was read
    metric_id         varchar,              -- of the proposal
    proposal          varchar,              -- an entry of a rubric: `last-mile rubric add`
    as_of             timestamp,            -- time up to which outcomes were known
    check (events <= n and events_without <= n_without)
);
