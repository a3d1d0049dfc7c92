-- One row: nano-dollars spent or possibly spent, by a run and in a month.
select
    coalesce(sum(cost_nano) filter (run = {{ run }}), 0)::bigint as run_nano,
    coalesce(sum(cost_nano) filter (strftime(sent_at, '%Y-%m') = {{ month }}), 0)::bigint as month_nano
from judge_calls
