-- One row per answer that is in no pair, with the judgement of its tier.
create table if not exists kto_examples (
    conversation_id varchar primary key,
    row_id          varchar not null,   -- sha256 of the exported line, 24 hex digits
    day             date    not null,
    split           varchar not null check (split in ('train', 'test', 'holdout')),
    tier            varchar not null,
    reason          varchar,            -- of tiers with several rules: which one
    rule            varchar not null,   -- why this row exists
    prompt          varchar not null,   -- JSON list of messages, ends with the user
    completion      varchar not null,   -- JSON list with one assistant message
    label           boolean not null    -- true: desirable
);

insert into kto_examples by name
with paired as (
    select conversation_id from dpo_pairs
    union
    select rejected_id from dpo_pairs
),
examples as (
    select
        pool.conversation_id,
        pool.day,
        split,
        tier,
        reason,
        rule,
        prompt,
        answer as completion,
        label
    from training_pool as pool
    join training_texts using (conversation_id)
    anti join training_overlaps using (conversation_id)
    anti join paired using (conversation_id)
    where label is not null and pool.dropped is null and training_texts.dropped is null
)
select *, left(sha256({{ line }}), 24) as row_id
from examples;
