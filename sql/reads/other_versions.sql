-- One row per day on which flags are of another version than the current one: of which metrics.
with metrics(metric, current) as (values {{ versions }})
select day, list(distinct metric order by metric) as metrics
from flag_versions
join metrics using (metric)
where version <> current
group by day
order by day
