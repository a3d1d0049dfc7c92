-- One row per day with outcome events: a digest of them; equal as long as they are.
select day, format('{}-{:x}', count(*), bit_xor(hash(events))) as version
from outcome_events as events
where day >= $start and day < $end
group by day
