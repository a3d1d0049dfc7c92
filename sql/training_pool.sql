-- One row per conversation that may become training data, because of its tier or as one side of a
-- contrast with another user's on the same task; `dropped` names the first filter that took it out.
create table if not exists training_pool (
    conversation_id varchar primary key,
    day             date    not null,
    split           varchar,
    user_key        varchar not null,
    task_key        varchar not null,
    tier            varchar not null,
    reason          varchar,            -- of tiers with several rules: which one
    rule            varchar,            -- the tier's
    label           boolean,            -- true: desirable, false: undesirable, null: in a contrast only
    contrast        varchar check (contrast in ('chosen', 'rejected')),  -- side of a contrast that it may be
    strata          varchar not null,   -- JSON list: only equals are contrasted
    dropped         varchar
        check (dropped in ('locked_tier', 'no_split', 'labelled', 'another_of_the_task'))
);

insert into training_pool by name
with sides as (  -- by the rubric's rules; where a stratum is unknown, nothing is known to be equal
    select
        conversation_id,
        {{ strata }} as strata,
        case
            when {{ unknown }} then null
            when {{ chosen }} then 'chosen'
            when {{ rejected }} then 'rejected'
        end as side
    from labeled_conversations
),
tiered as (
    select
        labeled.conversation_id,
        labeled.day,
        splits.split,
        splits.user_key,
        splits.task_key,
        labeled.user_id is not null and labeled.task_id is not null as of_a_task,
        tiers.tier,
        tiers.reason,
        tiers.rule,
        if(tiers.train is null, null, tiers.train = 'desirable') as label,
        sides.side,
        sides.strata,
        case
            when tiers.train is not null and not coalesce(lifts.unlocked, false) then 'locked_tier'
            when splits.split is null then 'no_split'
            -- what people labelled measures the judge: it is never trained on
            when splits.split = 'train'
                and labeled.conversation_id in (select conversation_id from human_labels)
                then 'labelled'
        end as out
    from labeled_conversations as labeled
    join sides on sides.conversation_id = labeled.conversation_id
    join quality_tiers as tiers on tiers.conversation_id = labeled.conversation_id
    join training_splits as splits on splits.conversation_id = labeled.conversation_id
    left join tier_lift as lifts
        on lifts.tier = tiers.tier and lifts.reason = coalesce(tiers.reason, '')
        and lifts.period = 'later' and lifts.rule = tiers.rule
    where tiers.train is not null or sides.side is not null
),
older as (  -- of a user's conversations about a task all but the newest
    select conversation_id
    from tiered
    left join (select conversation_id, started_at from conversations) using (conversation_id)
    where out is null and of_a_task
    qualify row_number() over (
        partition by user_key, task_key order by day desc, started_at desc, conversation_id desc
    ) > 1
),
filtered as (
    select
        tiered.* exclude (of_a_task, out),
        coalesce(out, if(older.conversation_id is null, null, 'another_of_the_task')) as dropped
    from tiered
    left join older using (conversation_id)
),
groups as (  -- who stands on which side of a task
    select task_key, split, strata, side, min(user_key) as one, max(user_key) as another
    from filtered
    where side is not null and dropped is null
    group by all
),
opposed as (  -- sides with another user on the other side
    select filtered.conversation_id
    from filtered
    join groups using (task_key, split, strata)
    where filtered.dropped is null and groups.side <> filtered.side
        and (groups.one <> filtered.user_key or groups.another <> filtered.user_key)
)
select
    filtered.* exclude (side),
    if(opposed.conversation_id is null, null, side) as contrast
from filtered
left join opposed using (conversation_id)
where label is not null or opposed.conversation_id is not null;
