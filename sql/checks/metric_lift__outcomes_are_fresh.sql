-- One row: how many days what is known of outcomes lies behind the newest conversation. Where no outcome
-- ever arrived, nothing has been known since the first conversation.
with compared as (
    select
        as_of::date as known_day,
        last_day,
        last_day - coalesce(known_day, first_day) as days_behind,
        current_date - coalesce(known_day, first_day) as days_behind_today
    from known_up_to
    cross join (select min(day) as first_day, max(day) as last_day from conversations)
    where last_day is not null
)
select
    format(
        'known up to {}, {} days behind the newest conversation of {} and {} days behind today',
        coalesce(known_day::varchar, 'no day, as none ever arrived'), days_behind, last_day,
        days_behind_today
    ) as known,
    days_behind
from compared
