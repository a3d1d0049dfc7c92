-- One row per conversation of reads/failure_rows.sql: the beginning of one part of its text.
select conversation_id, left({{ part }}, {{ characters }}) as text
from conversation_texts
semi join (
    select conversation_id
    from labeled_conversations
    where {{ outcome }} is not null and {{ looked_at }} and not ({{ outcome }} and {{ explained }})
        and md5_number_lower('failure_modes/' || conversation_id) % 1000000
            < if({{ explained }}, {{ explained_ppm }}, {{ unexplained_ppm }})
) using (conversation_id)
