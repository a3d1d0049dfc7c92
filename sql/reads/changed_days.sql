-- One row per (day, work) that a landing changed, in the order of the landings, and whether its tables
-- were built since.
select change, day, work, kind, built >= change as is_built
from day_changes
order by change, day, work
