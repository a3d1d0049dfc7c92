-- One row per conversation that was drawn into the bridge between two epochs: it has answers of the
-- older one and is asked again under the newer one. Made by `last-mile judge bridge --run`.
create table if not exists judge_bridge_samples (
    from_epoch      varchar not null,    -- the older one, whose answers are there
    to_epoch        varchar not null,    -- the one that is asked
    content_hash    varchar not null,    -- of what both judged
    conversation_id varchar not null,
    day             date    not null,
    primary key (from_epoch, to_epoch, content_hash)
);
