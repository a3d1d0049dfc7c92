-- One row per (metric, day, version): conversations with a flag of it. Figures take a metric's flags of one
-- version alone; a day that lacks the current one is built again, or bridged where a judge is to be asked.
create view if not exists flag_versions as
select
    metric,
    day,
    -- judge epoch, and `:unscored` where unverified positives are; of a heuristic: its definition_hash
    epoch || substr(definition_hash, 17) as version,
    count(*) as n
from judge_flags
group by all
union all
select metric, day, definition_hash, count(*)
from heuristic_flags
group by all;
