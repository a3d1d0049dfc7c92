-- One row per epoch under which a judge answered: what it was, so that an old one can still be named.
-- Noted when verdicts are made, never deleted by a re-run.
create table if not exists judge_epochs (
    epoch           varchar primary key,
    judge           varchar not null,    -- as given on the command line
    prompt_version  varchar not null,    -- of the prompt and the reply schema
    grouping        varchar not null,    -- questions of a call: all, one, or a number of groups
    rubric          varchar not null,    -- name of the rubric
    rubric_version  integer not null,    -- of the rubric when it was first asked
    metrics_hash    varchar not null,    -- of the judged metrics' definitions, in their order
    first_day       date    not null,    -- of the conversations that were judged under it
    last_day        date    not null,    -- newest day judged under it
    n_conversations bigint  not null     -- with an answer under it when it last judged
);
