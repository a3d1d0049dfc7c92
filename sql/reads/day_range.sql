-- One row: the first and last day with conversations, and how many days have some.
select min(day) as first, max(day) as last, count(distinct day) as days from conversations
