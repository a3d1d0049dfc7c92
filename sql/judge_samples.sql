-- One row per (conversation, epoch) that was drawn into the judged sample of its day: how many
-- conversations of the day it stands for. A day without rows was judged whole.
create table if not exists judge_samples (
    conversation_id varchar not null,
    day             date    not null,
    epoch           varchar not null,
    stratum         varchar not null,  -- values of the strata it was drawn in
    weight          double  not null check (weight >= 1),  -- conversations of the day it stands for
    primary key (conversation_id, epoch)
);
