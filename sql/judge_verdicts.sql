-- One row per (conversation content, epoch, metric): one judge answer with its evidence.
-- Paid for once: rows are added, never deleted by a re-run.
create table if not exists judge_verdicts (
    content_hash      varchar not null,
    epoch             varchar not null,
    metric            varchar not null,
    conversation_id   varchar not null,
    day               date    not null,
    judge             varchar not null,
    flag              varchar not null
        check (flag in ('true', 'false', 'not_applicable', 'unscored')),
    reason            varchar not null,
    confidence        double,            -- 0 to 1, as the judge gave it
    message_index     integer,           -- of the quoted message; the final output counts last
    quote             varchar,
    quote_verified    boolean,           -- the quote stands in that message, letter by letter
    prompt_tokens     double,            -- the call's, shared evenly over its metrics
    completion_tokens double,
    cost_usd          double,
    latency_ms        double,            -- of the whole call
    primary key (content_hash, epoch, metric),
    check ((flag = 'unscored') = (confidence is null and reason <> 'judged'))
);
