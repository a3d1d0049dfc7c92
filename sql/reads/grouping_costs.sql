-- One row per epoch of a list: every call about a list of conversations, and what they cost.
select epoch, count(*) as calls, sum(cost_nano)::bigint as cost_nano
from judge_calls
where content_hash in ({{ hashes }}) and epoch in ({{ epochs }})
group by epoch
