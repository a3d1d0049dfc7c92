-- One row per accepted answer of a desirable conversation: the prompt, the answer to learn. Earlier
-- drafts stand in the prompt, which carries no loss.
create table if not exists sft_examples (
    conversation_id varchar primary key,
    row_id          varchar not null,   -- sha256 of the exported line, 24 hex digits
    day             date    not null,
    split           varchar not null check (split in ('train', 'test', 'holdout')),
    tier            varchar not null,
    reason          varchar,            -- of tiers with several rules: which one
    rule            varchar not null,   -- why this row exists
    prompt          varchar not null,   -- JSON list of messages, ends with the user
    completion      varchar not null    -- JSON list with one assistant message
);

insert into sft_examples by name
with examples as (
    select
        pool.conversation_id,
        pool.day,
        split,
        tier,
        reason,
        rule,
        prompt,
        answer as completion
    from training_pool as pool
    join training_texts using (conversation_id)
    anti join training_overlaps using (conversation_id)
    where label and pool.dropped is null and training_texts.dropped is null
)
select *, left(sha256({{ line }}), 24) as row_id
from examples;
