-- One row per preference pair that passed every gate: an answer over its draft, or over another user's.
create table if not exists dpo_pairs (
    conversation_id varchar primary key,  -- of the chosen answer
    rejected_id     varchar not null,     -- of the rejected one: the same where that is its draft
    row_id          varchar not null,     -- sha256 of the exported line, 24 hex digits
    day             date    not null,
    split           varchar not null check (split in ('train', 'test', 'holdout')),
    tier            varchar not null,     -- of the chosen answer's conversation
    rule            varchar not null,     -- why this row exists
    margin          double,               -- as in pair_candidates
    prompt          varchar not null,     -- JSON list of messages, ends with the user
    chosen          varchar not null,     -- JSON list with one assistant message
    rejected        varchar not null      -- the same with the rejected answer
);

insert into dpo_pairs by name
with pairs_kept as (
    select
        pairs.conversation_id,
        pairs.rejected_id,
        pairs.day,
        pairs.split,
        pool.tier,
        pairs.rule,
        pairs.margin,
        if(pairs.rule = 'judge_contrast', won.shared_prompt, won.draft_prompt) as prompt,
        won.answer as chosen,
        if(pairs.rule = 'judge_contrast', lost.answer, won.draft) as rejected
    from pair_candidates as pairs
    join training_pool as pool using (conversation_id)
    join training_texts as won using (conversation_id)
    join training_texts as lost on lost.conversation_id = pairs.rejected_id
    where pairs.dropped is null
)
select *, left(sha256({{ line }}), 24) as row_id
from pairs_kept;
