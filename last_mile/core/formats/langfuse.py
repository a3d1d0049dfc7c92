"""Langfuse export: one JSON object per trace with its observations, or one per observation.

Each generation is a call of the model; a trace without generations is one call by its own input and
output. A session is the conversation, else the trace.
"""

from typing import Any

from last_mile.core.formats.format import Format, Record, as_messages, first, mapping
from last_mile.core.refusal import RefusedLineError

_KEPT = ("tags", "environment", "release", "version", "scores", "metadata")


def looks_like(record: Record) -> bool:
    """A trace with observations or a session, or an observation of a trace."""
    trace = isinstance(record.get("observations"), list) or "sessionId" in record
    observation = "traceId" in record and "type" in record
    return (trace or observation) and ("input" in record or "observations" in record)


def parts(record: Record) -> list[Record]:
    """The generations of a trace, each with its trace."""
    trace = {name: value for name, value in record.items() if name != "observations"}
    observations = record.get("observations")
    found = [
        {"trace": trace, "call": item}
        for item in (observations if isinstance(observations, list) else [])
        if mapping(item).get("type") == "GENERATION"
    ]
    return list(found) or [{"trace": trace, "call": trace}]


def read(record: Record) -> dict[str, Any]:
    """One call with its input and output."""
    trace, call = mapping(record["trace"]), mapping(record["call"])
    if call.get("type", "GENERATION") != "GENERATION":
        raise RefusedLineError("not_a_model_call")
    return {
        "holds": "call",
        "conversation_id": first(trace, ("sessionId", "session_id", "traceId", "id")),
        "user_id": first(trace, ("userId", "user_id")),
        "model": call.get("model") or mapping(trace.get("metadata")).get("model"),
        "started_at": first(call, ("startTime", "start_time", "timestamp")),
        "messages": [
            *as_messages(call.get("input"), "user"),
            *as_messages(call.get("output"), "assistant"),
        ],
        "attributes": {
            "trace_id": first(trace, ("traceId", "id")),
            **{name: trace[name] for name in _KEPT if trace.get(name)},
        },
    }


FORMAT = Format("langfuse", looks_like, read, parts)
