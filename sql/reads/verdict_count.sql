-- One row: the ledger's verdicts about conversations of these days, of every epoch.
select count(*) as n from judge_verdicts where day >= $start and day < $end
