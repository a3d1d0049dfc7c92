-- One row: what calls of an epoch took so far: tokens of a reply, and milliseconds.
select
    count(*) as n_calls,
    avg(completion_tokens) as completion_tokens,
    median(latency_ms) as latency_ms
from judge_calls
where epoch = {{ epoch }} and result in ('answered', 'partial')
