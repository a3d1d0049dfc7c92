-- One row per (conversation, metric) that was drawn to be labelled: under which judge, from which cell
-- of its flag by the primary outcome. Labels of these weigh as much as their cell is large; those that
-- were drawn under another judge or outcome count in no figure, until a new plan draws them again.
create table if not exists label_plan (
    conversation_id varchar   not null,
    metric          varchar   not null,
    epoch           varchar   not null,   -- the judge's when it was drawn
    outcome         varchar   not null,   -- the primary one when it was drawn
    judged          boolean   not null,   -- the judge's flag
    event           boolean   not null,   -- the outcome, matured
    seed            bigint    not null,   -- of the draw
    planned_at      timestamp not null,   -- UTC
    primary key (conversation_id, metric, epoch, outcome)
);
