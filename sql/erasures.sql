-- One row per request to erase a user: that it was done, how many rows it took and which training
-- releases hold the user all the same. No id and no text. Never deleted.
create table if not exists erasures (
    erased_at timestamp not null,     -- UTC
    user_key  varchar   not null,     -- as in training_splits and lineage.parquet
    salt      varchar   not null,     -- of erased_keys: drawn by the first request, then the same
    removed   varchar   not null,     -- JSON object: rows by table
    releases  varchar[] not null,     -- ids of training releases
    batches   varchar[] not null,     -- of the judge that the provider still had
    primary key (erased_at, user_key)
);
