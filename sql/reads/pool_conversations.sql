-- One row per conversation of the pool on these days that no filter took out, with its texts.
select
    conversation_id,
    pool.day,
    messages,
    context,
    final_output,
    contrast
from training_pool as pool
join conversations using (conversation_id)
where dropped is null and pool.day >= $start and pool.day < $end
order by conversation_id
