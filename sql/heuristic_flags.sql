-- One row per (conversation, heuristic metric): the flag, the reason for it, what was seen.
create table if not exists heuristic_flags (
    conversation_id varchar not null,
    metric          varchar not null,
    day             date    not null,
    flag            varchar not null
        check (flag in ('true', 'false', 'not_applicable', 'unscored')),
    reason          varchar not null,
    evidence        varchar,            -- what was seen, at most 120 characters
    definition_hash varchar not null,   -- of the metric's entry in the rubric
    primary key (conversation_id, metric)
);
