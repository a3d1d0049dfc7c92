-- One row per (run, epoch, model, mode): calls, tokens, money and time.
select
    run,
    epoch,
    judge,
    mode,
    min(sent_at) as first_sent_at,
    max(sent_at) as last_sent_at,
    count(distinct content_hash) as n_conversations,
    count(*) as n_calls,
    sum((result in ('answered', 'partial', 'unusable'))::integer) as n_paid,
    sum((result in ('partial', 'unusable'))::integer) as n_unusable,
    sum((result = 'in_doubt')::integer) as n_in_doubt,
    sum((result = 'pending')::integer) as n_pending,
    sum(prompt_tokens)::bigint as prompt_tokens,
    sum(cached_tokens)::bigint as cached_tokens,
    sum(completion_tokens)::bigint as completion_tokens,
    sum(if(result in ('in_doubt', 'pending'), 0, cost_nano)) / 1e9 as cost_usd,
    sum(if(result = 'in_doubt', cost_nano, 0)) / 1e9 as in_doubt_usd,
    sum(if(result = 'pending', cost_nano, 0)) / 1e9 as pending_usd,
    cost_usd / n_conversations * 1000 as usd_per_1000,
    sum(cached_tokens) / sum(prompt_tokens) as cache_share,
    n_unusable / nullif(n_paid, 0) as unusable_share,
    quantile_cont(latency_ms, 0.5) as latency_p50_ms,
    quantile_cont(latency_ms, 0.9) as latency_p90_ms,
    quantile_cont(latency_ms, 0.99) as latency_p99_ms
from judge_calls
group by run, epoch, judge, mode
order by last_sent_at desc, judge
