-- One row per epoch: how the quotes of its positive answers were found in the conversations.
select
    epoch,
    sum((flag = 'true')::integer) as n_positive,
    sum((quote_match = 'exact')::integer) as n_exact,
    sum((quote_match = 'repaired')::integer) as n_repaired,
    sum((quote_match = 'unverified')::integer) as n_unverified,
    sum((reason = 'canary_failed')::integer) as n_canary_failed,
    count(*) as n_verdicts
from judge_verdicts
group by epoch
order by epoch
