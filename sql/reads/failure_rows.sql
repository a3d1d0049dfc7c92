-- One row per conversation that no flag explains, or that went badly with one that does: its user, half,
-- outcome and context. The same conversations are drawn whenever the same share is asked for. Halves
-- as in reads/flag_patterns.sql. Names that begin with _ are none of a rubric.
select
    conversation_id,
    if(user_id is null, hash(conversation_id, 'nobody'), hash(user_id)) as _user,
    md5_number_lower(coalesce(user_id, conversation_id)) % 2 = 1 as _held_out,
    {{ outcome }} as _event,
    {{ explained }} as _explained,
    {{ contexts }}
from labeled_conversations
where {{ outcome }} is not null and {{ looked_at }} and not ({{ outcome }} and {{ explained }})
    and md5_number_lower('failure_modes/' || conversation_id) % 1000000
        < if({{ explained }}, {{ explained_ppm }}, {{ unexplained_ppm }})
order by conversation_id
