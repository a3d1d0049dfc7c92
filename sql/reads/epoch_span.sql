-- One row: the days of the conversations that were judged under an epoch, and how many these are.
select min(day) as first_day, max(day) as last_day, count(distinct content_hash) as n_conversations
from judge_verdicts
where epoch = {{ epoch }}
