-- One row per (tier, reason, period): the primary outcome of a tier that is trained on against that of
-- the others, in the days its rule was chosen on and in the later ones that have to prove it.
create table if not exists tier_lift (
    tier             varchar not null,
    reason           varchar not null,  -- '' when the rule has none
    rule             varchar not null,  -- as the rubric writes it
    train            varchar not null check (train in ('desirable', 'undesirable')),
    period           varchar not null check (period in ('chosen_on', 'later')),
                                        -- the days the rule was chosen on, or later ones
    first_day        date,              -- null: no conversation in the period
    last_day         date,              -- of the period
    n                bigint  not null,
    n_matured        bigint  not null,  -- rates are of these
    events           bigint  not null,
    rate             double,
    n_reference      bigint  not null,  -- matured ones
    events_reference bigint  not null,  -- of these, with the outcome
    rate_reference   double,            -- their rate
    reference        varchar not null,  -- ordinary; all other tiers, where nothing is ordinary
    rr               double,
    rr_low           double,            -- score interval, widened by the design effect
    rr_high          double,            -- null with rr_low: none; alone: infinite
    level            double  not null,  -- of the two-sided interval
    p                double,            -- Fisher's exact test of the side the rule is meant for, of the
                                        -- counts as they are and by the design effect: the larger
    design_effect    double,            -- of several conversations of one user; at least 1
    state            varchar not null check (
        state in ('holds', 'not_monotone', 'underpowered', 'waits', 'no_outcomes')
    ),                                  -- of the tier: the same in both periods
    unlocked         boolean not null,  -- whether it may be exported
    outcome          varchar not null,
    horizon_days     integer not null,
    as_of            timestamp,
    primary key (tier, reason, period),
    check (events <= n_matured and n_matured <= n and events_reference <= n_reference)
);
