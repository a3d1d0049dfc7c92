-- One row per ended call in some segments of the judge's journal; a batch's calls were pending before.
select unnest(call)
from read_json($segments, format = 'newline_delimited', columns = {call: 'struct(
    call_id varchar, run varchar, epoch varchar, judge varchar, mode varchar, batch_id varchar,
    content_hash varchar, conversation_id varchar, day date, panel integer, attempt integer,
    sent_at timestamp, cut_characters integer, reserved_nano bigint, result varchar, fault varchar,
    cost_nano bigint, prompt_tokens bigint, cached_tokens bigint, completion_tokens bigint,
    latency_ms double, reported_model varchar)'})
where call.result is not null
qualify row_number() over (partition by call.call_id order by call.result = 'pending') = 1
