-- One row per (conversation content, epoch, metric): one judge answer with its evidence.
-- Paid for once: rows are added, never deleted by a re-run. Folded from the journal of the judge.
create table if not exists judge_verdicts (
    content_hash    varchar not null,
    epoch           varchar not null,
    metric          varchar not null,
    conversation_id varchar not null,
    day             date    not null,
    judge           varchar not null,    -- the model that answered: the judge or a fallback
    call_id         varchar,             -- the call of judge_calls that settled it; null: imported
    flag            varchar not null
        check (flag in ('true', 'false', 'not_applicable', 'unscored')),
    reason          varchar not null,
    confidence      double,              -- 0 to 1, as the judge gave it
    message_index   integer,             -- of the quoted message; the final output counts last
    quote           varchar,             -- verbatim, what the judge points at
    quote_match     varchar              -- of positives; null: imported or an earlier version's
        check (quote_match in ('exact', 'repaired', 'unverified')),
    cut_characters  integer,             -- of the conversation that the judge did not see
    cost_usd        double,              -- the call's, shared evenly over what it settled
    latency_ms      double,              -- of the whole call
    primary key (content_hash, epoch, metric),
    check ((flag = 'unscored') = (confidence is null and reason <> 'judged'))
);
