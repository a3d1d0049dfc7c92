-- One row: a digest of the outcome events of these days; equal as long as they are.
select format('{}-{:x}', count(*), coalesce(bit_xor(hash(events)), 0)) as version
from outcome_events as events
where day >= $start and day < $end
