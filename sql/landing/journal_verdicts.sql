-- One row per verdict in some segments of the judge's journal, with its share of the call's cost.
select
    call.content_hash, call.epoch, call.conversation_id, call.day, call.judge, call.call_id,
    call.cut_characters, call.latency_ms,
    call.cost_nano / 1e9 / len(verdicts) as cost_usd,
    unnest(verdicts, recursive := true)
from read_json($segments, format = 'newline_delimited', columns = {
    call: 'struct(
        content_hash varchar, epoch varchar, conversation_id varchar, day date, judge varchar,
        call_id varchar, cut_characters integer, latency_ms double, cost_nano bigint,
        result varchar)',
    verdicts: 'struct(
        metric varchar, flag varchar, reason varchar, confidence double, message_index integer,
        quote varchar, quote_match varchar)[]'
})
where call.result is not null and len(verdicts) > 0
