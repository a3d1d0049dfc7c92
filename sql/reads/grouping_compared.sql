-- One row per conversation of a list that has an answer to every judged question under every epoch of
-- another list.
select content_hash
from judge_verdicts
where content_hash in ({{ hashes }}) and epoch in ({{ epochs }}) and metric in ({{ metric_ids }})
group by content_hash
having count(*) = {{ answer_count }}
order by content_hash
