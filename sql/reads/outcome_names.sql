-- One row per outcome name in the drops: how many events carry it.
select outcome, count(*) as n
from outcome_logs
where reject_reason is null
group by outcome
order by n desc, outcome
