-- One row per text of the evaluation files that no training release may contain.
create table if not exists evaluation_texts (
    source varchar not null,  -- the file's name without its folders, made unique
    item   bigint  not null,  -- from 1 in the order of the file
    text   varchar not null,  -- what must not be trained on
    primary key (source, item)
);
