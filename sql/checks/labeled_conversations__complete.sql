-- One row: conversations and scored flags of these days, in the wide table and in the long ones.
select
    'days' as scope,
    (select count(*) from labeled_conversations where day >= $start and day < $end) as n_labeled,
    (select count(*) from conversations where day >= $start and day < $end) as n_conversations,
    (
        select coalesce(sum({{ scored }}), 0)
        from labeled_conversations
        where day >= $start and day < $end
    ) as n_flags_wide,
    (
        select count(*)
        from (from heuristic_flags select metric, day, flag
              union all from judge_flags select metric, day, flag)
        where flag in ('true', 'false') and day >= $start and day < $end
    ) as n_flags_long
