-- One row per conversation of the pool: the texts a model can learn from, without personal data, or why
-- it has none.
create table if not exists training_texts (
    conversation_id varchar primary key,
    day             date    not null,
    dropped         varchar
        check (dropped in ('no_final_output', 'no_user_message', 'tool_messages', 'untold_facts')),
    prompt          varchar,    -- JSON list of messages before the accepted answer; ends with the user
    answer          varchar,    -- JSON list with the accepted answer as one assistant message
    answer_index    integer,    -- the message it stands in; null: the user edited it
    n_answer_words  integer,    -- of the answer
    draft_prompt    varchar,    -- the same of the draft it is compared with
    draft           varchar,    -- JSON list with the draft as one assistant message
    draft_index     integer,    -- the message it stands in
    n_draft_words   integer,    -- of the draft
    pair_rule       varchar check (pair_rule in ('edit_over_answer', 'revision_over_draft')),
                                -- what the answer is over its draft
    unpaired        varchar     -- why the answer and its draft are no pair
        check (unpaired in ('single_draft', 'same_text', 'another_task', 'new_facts')),
    shared_prompt   varchar,    -- of sides of a contrast: what everybody with the task sees
    leaks           boolean,    -- and whether the answer tells what only its user knew
    names           varchar[],  -- exact names that were replaced
    scrubbed        varchar,    -- JSON object: replaced texts by kind
    check ((dropped is null) = (prompt is not null and answer is not null))
);

insert into training_texts by name
from read_parquet({{ staged }});
