-- One row per call of a batch that has not ended.
select *
from judge_calls
where batch_id = {{ submission }} and result = 'pending'
order by call_id
