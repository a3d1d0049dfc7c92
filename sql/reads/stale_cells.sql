-- One row: the days whose cells were counted for other strata than the rubric names now.
select min(day) as first, max(day) as last
from (
    select day from labeled_conversations
    except
    select day from stat_cells where stratum_of = {{ stratum_of }}
)
