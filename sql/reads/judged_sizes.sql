-- One row per conversation of these days: about how many characters of it a judge would be shown.
select
    content_hash,
    least(
        strlen(messages::json::varchar) + strlen(context::json::varchar)
            + coalesce(strlen(final_output), 0),
        greatest({{ max_characters }}, coalesce(strlen(final_output), 0))
    ) as characters
from conversations
where day >= $start and day < $end
