-- One row per conversation: its quality class and the rule that chose it (first match wins).
create table if not exists quality_tiers (
    conversation_id varchar primary key,
    day             date    not null,
    tier            varchar not null,
    reason          varchar,            -- of tiers with several rules: which one
    rule            varchar,            -- null for the ordinary tier: no rule matched
    train           varchar check (train in ('desirable', 'undesirable'))  -- null: not trained on
);

insert into quality_tiers by name
select
    conversation_id,
    day,
    case {{ tier_cases }} else 'ordinary' end as tier,
    case {{ reason_cases }} end as reason,
    case {{ rule_cases }} end as rule,
    case {{ train_cases }} end as train
from labeled_conversations
where day >= $start and day < $end;
