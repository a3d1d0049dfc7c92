-- One row per conversation file with lines of these days: its lines, and where each of them ended:
-- as a conversation, as a duplicate of a more complete line, or refused
-- (rejected_lines has a check of its own).
with lines as (
    select file, line, reject_reason from conversation_logs where day >= $start and day < $end
),
ranked as (
    select
        file,
        line,
        row_number() over (
            partition by conversation_id order by n_messages desc, file desc, line desc
        ) as version
    from conversation_logs
    where reject_reason is null
),
ended as (
    select
        lines.file,
        source.conversation_id is not null as is_conversation,
        coalesce(ranked.version > 1, false) as is_duplicate,
        lines.reject_reason is not null as is_rejected
    from lines
    left join conversations as source
        on source.source_file = lines.file and source.source_line = lines.line
    left join ranked on ranked.file = lines.file and ranked.line = lines.line
)
select
    file,
    count(*) as lines_in,
    sum(is_conversation::integer) + sum(is_duplicate::integer) + sum(is_rejected::integer)
        as lines_accounted_for,
    sum((not (is_conversation or is_duplicate or is_rejected))::integer) as unaccounted
from ended
group by file
