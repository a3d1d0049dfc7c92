-- One row per pair that was found: an accepted answer over its own draft, or over another user's answer
-- to the same task; `dropped` names the gate that refused it.
create table if not exists pair_candidates (
    conversation_id  varchar not null,  -- of the chosen answer
    rejected_id      varchar not null,  -- of the rejected one: the same where that is its draft
    day              date    not null,
    split            varchar not null,
    rule             varchar not null   -- why the one is better
        check (rule in ('edit_over_answer', 'revision_over_draft', 'judge_contrast')),
    margin           double,            -- log relative risk of the outcome, adjusted, by the flags
                                        -- that differ; null for drafts, which were not judged
    n_chosen_words   integer not null,  -- of the chosen answer
    n_rejected_words integer not null,  -- of the rejected one
    dropped          varchar check (dropped in (
        'outcome_veto', 'no_margin', 'length_ratio', 'other_name', 'winner_used',
        'loser_used_twice', 'length_balance'
    )),
    primary key (conversation_id, rejected_id)
);
