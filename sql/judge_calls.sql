-- One row per call to a judge, paid or not: what was sent, how it ended, what it cost.
-- Folded from the journal of the judge; rows are never deleted.
create table if not exists judge_calls (
    call_id           varchar primary key,  -- sent as X-Client-Request-Id, or as custom_id
    run               varchar   not null,   -- what its spending cap is about
    epoch             varchar   not null,
    judge             varchar   not null,
    mode              varchar   not null check (mode in ('online', 'batch')),  -- one by one, or in a batch
    batch_id          varchar,              -- submission in judge_batches
    content_hash      varchar   not null,
    conversation_id   varchar   not null,
    day               date      not null,
    panel             integer   not null,   -- group of questions, from 0
    attempt           integer   not null,   -- of the same questions, counting up
    sent_at           timestamp not null,   -- UTC
    cut_characters    integer   not null,   -- of the conversation that was not sent
    reserved_nano     bigint    not null,   -- upper bound of its price, 1e-9 USD
    result            varchar   not null,   -- answered, partial, unusable: paid; in_doubt: maybe
                                            -- paid; pending: in a batch; else the fault, not paid
    fault             varchar,              -- class and status of what went wrong
    cost_nano         bigint    not null,   -- 1e-9 USD; of calls in doubt or pending what is reserved
    prompt_tokens     bigint,               -- as the provider counted; null: it did not
    cached_tokens     bigint,               -- of these, at the price of a cache hit
    completion_tokens bigint,               -- of the reply
    latency_ms        double,               -- from sending to the whole reply
    reported_model    varchar,              -- as the reply names the model that gave it; null: it does not
    check (result in ('answered', 'partial', 'unusable', 'in_doubt', 'pending') or cost_nano = 0)
);
