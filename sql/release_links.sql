-- One row per (training release, product release): who said that the product release was trained from it.
-- Written by `last-mile releases link`, never made from other tables.
create table if not exists release_links (
    training_release varchar   not null,  -- id of the release folder
    product_release  varchar   not null,  -- as the logs name it, in `model` of a conversation
    linked_at        timestamp not null,  -- UTC
    primary key (training_release, product_release)
);
