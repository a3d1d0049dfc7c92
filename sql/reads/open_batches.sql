-- One row per batch that was given to a provider, or may have been, and is not collected.
select *
from judge_batches
where state in ('preparing', 'submitted')
order by submitted_at, submission
