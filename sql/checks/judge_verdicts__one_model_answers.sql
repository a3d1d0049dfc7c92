-- One row per (epoch, judge) that answered about these days: whether its replies, over all days, name more
-- than one model. A fallback is a judge of its own.
select
    format('{} of epoch {}: {}', judge, epoch, string_agg(distinct reported_model, ', ' order by
        reported_model)) as judge,
    count(*) as n_calls,
    (count(distinct reported_model) > 1)::integer as n_of_several_models
from judge_calls
where reported_model is not null
    and epoch in (select epoch from judge_calls where day >= $start and day < $end)
group by epoch, judge_calls.judge
order by epoch, judge
