-- One row: conversations of these days.
select count(*) as n from conversations where day >= $start and day < $end
