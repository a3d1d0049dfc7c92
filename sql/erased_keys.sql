-- One row per name that landings refuse, as a salted hash: ids of erased users and everything that names
-- one of their conversations. Written by `last-mile erase`, and by landings that meet a new conversation
-- of an erased user. Never deleted.
create table if not exists erased_keys (
    key       varchar   primary key,  -- sha256(salt || '/user/' || id), or with '/conversation/'
    erased_at timestamp not null      -- UTC
);
