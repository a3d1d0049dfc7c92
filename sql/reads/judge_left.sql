-- One row per reason why conversations lack an answer of an epoch.
select reason, count(*) as n, min(day) as first, max(day) as last
from judge_skipped
where epoch = {{ epoch }}
group by reason
order by n desc
