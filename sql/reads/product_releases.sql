-- One row per product release: its first day, and conversations.
select model as release, min(day) as first_day, count(*) as n
from labeled_conversations
where model is not null
group by model
order by first_day, release;
