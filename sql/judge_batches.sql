-- One row per batch given to a provider: where it stands. Its calls are in judge_calls.
create table if not exists judge_batches (
    submission   varchar primary key,    -- ours; in the batch's metadata, to find it after a kill
    judge        varchar   not null,
    epoch        varchar   not null,
    run          varchar   not null,     -- what its spending cap is about
    first_day    date      not null,     -- days of its conversations
    last_day     date      not null,     -- the last of them
    n_calls      bigint    not null,     -- calls in it
    asked        varchar   not null,     -- JSON: the questions of each panel, as they were asked
    state        varchar   not null      -- preparing: may have been sent or not
        check (state in ('preparing', 'submitted', 'collected', 'lost')),
    batch_id     varchar,                -- the provider's
    status       varchar,                -- the provider's, when last looked at
    submitted_at timestamp not null,     -- UTC
    collected_at timestamp,              -- UTC; null: not yet
    check ((state = 'submitted') <= (batch_id is not null))
);
