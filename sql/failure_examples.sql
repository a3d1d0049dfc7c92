-- One row per (term or context of failure_modes, example): an unexplained failure that has it, each of
-- another user. By these ids people read what happened; nothing else names a conversation there.
create table if not exists failure_examples (
    failure_id      varchar not null,   -- of failure_modes
    place           bigint  not null,   -- from 0
    conversation_id varchar not null,
    primary key (failure_id, place)
);
