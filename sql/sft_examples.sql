-- One row per accepted answer of a desirable conversation: the prompt, the answer to learn.
create table if not exists sft_examples (
    conversation_id varchar primary key,
    row_id          varchar not null,   -- sha256 of the row's content, 24 hex digits; equal rows
                                        -- of several conversations are exported once
    day             date    not null,
    split           varchar not null check (split in ('train', 'test')),
    tier            varchar not null,
    rule            varchar not null,   -- why this row exists
    prompt          varchar not null,   -- JSON list of messages, ends with the user
    completion      varchar not null    -- JSON list with one assistant message
);
