-- One row per (conversation, epoch) whose questions are not all answered, and why: what the next run
-- has to do. Replaced day by day whenever the judge has been at it.
create table if not exists judge_skipped (
    conversation_id varchar not null,
    epoch           varchar not null,
    day             date    not null,
    content_hash    varchar not null,
    reason          varchar not null
        check (reason in (
            'run_cap', 'month_cap', 'unanswered', 'stopped', 'in_batch', 'not_sampled', 'not_asked'
        )),
    primary key (conversation_id, epoch)
);
