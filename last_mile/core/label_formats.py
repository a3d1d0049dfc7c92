"""Scores of Langfuse and annotations of Phoenix as plain label rows, recognised by their fields.

Not here: what a plain row must hold (event_row.py), which conversation an id is (sql/). Comments
and explanations are left out: they quote conversations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from last_mile.core.formats.format import first, mapping
from last_mile.core.refusal import RefusedLineError

_LANGFUSE_MARKS = {
    "dataType", "data_type", "stringValue", "string_value", "traceId", "trace_id", "sessionId",
    "session_id", "observationId", "observation_id", "subject",
}  # fmt: skip
_LANGFUSE_KINDS = {"ANNOTATION": "human", "EVAL": "llm", "API": "llm"}
_FREE_TEXT = {"TEXT", "CORRECTION"}  # what somebody wrote, not an answer
_JUDGES = ("annotator", "evaluator", "judge")  # keys of a score's metadata that name its author
_AUTHORS = ("evaluatorId", "evaluator_id", "authorUserId", "author_user_id", "authorUserName")
_PHOENIX_MARKS = {"annotator_kind", "result", "result.label", "result.score", "label", "score"}
_PHOENIX_KINDS = {"LLM": "llm", "HUMAN": "human", "CODE": "program"}
_PHOENIX_IDS = (
    "conversation_id", "session_id", "session.id", "attributes.session.id", "trace_id",
    "context.trace_id", "span_id", "context.span_id",
)  # fmt: skip
_ID_COLUMNS = {*_PHOENIX_IDS, "sessionId", "traceId", "subject", "context"}


def plain_label(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of a label drop with the fields of a plain one: conversation_id, metric, value, ….

    Args:
        row: Column name to value. With a `metric` it is plain already.

    Raises:
        RefusedLineError: `wrong_type` for a score that is a free text.
    """
    if "metric" in row:
        return row
    if _PHOENIX_MARKS & row.keys():
        return _phoenix(row)
    if "name" in row and _LANGFUSE_MARKS & row.keys():
        return _langfuse(row)
    return row


def names_a_conversation(columns: Collection[str]) -> bool:
    """Whether one of these columns of a label file may say which conversation a row is about."""
    return any(column in _ID_COLUMNS for column in columns)


def _langfuse(row: Mapping[str, Any]) -> dict[str, Any]:
    """A score: of the public API (v1 to v3), of the batch export, or of the blob storage export.

    Sources: github.com/langfuse/langfuse, fern/apis/server/definition/commons.yml and scores-v3.yml
    (camelCase; v3 has `subject` and a typed `value`), worker/src/features/database-read-stream/
    getDatabaseReadStream.ts (batch export); langfuse.com/docs/api-and-data-platform/features/
    blob-storage-export-fields (snake_case).
    """
    kind = str(first(row, ("dataType", "data_type")) or "").strip().upper()
    if kind in _FREE_TEXT:
        raise RefusedLineError("wrong_type")
    said = ("value", "stringValue", "string_value")  # a category has a number too, its index
    subject = mapping(row.get("subject"))
    trace = subject.get("id") if subject.get("kind") == "trace" else subject.get("traceId")
    session = subject.get("id") if subject.get("kind") == "session" else None
    ids = ("conversation_id", "sessionId", "session_id", "traceId", "trace_id")
    source = str(first(row, ("source",)) or "API").strip()
    judge = first(_object(row.get("metadata")), _JUDGES)
    author = judge if isinstance(judge, str) else first(row, _AUTHORS)
    return {
        "conversation_id": first(row, ids) or session or trace,
        "metric": row.get("name"),
        "annotator": author or "langfuse",
        "annotator_kind": _LANGFUSE_KINDS.get(source.upper(), source),
        "value": first(row, said if kind in ("BOOLEAN", "NUMERIC") else (*said[1:], said[0])),
        "confidence": row.get("confidence"),
    }


def _phoenix(row: Mapping[str, Any]) -> dict[str, Any]:
    """An annotation of a span, trace or session: of the REST API, or of the client's dataframes.

    Sources: github.com/Arize-ai/phoenix, packages/phoenix-client/src/phoenix/client/__generated__/
    v1/__init__.py (SpanAnnotation, TraceAnnotation, SessionAnnotation: `name`, `result`) and
    resources/spans/__init__.py (get_span_annotations_dataframe: `annotation_name`, `result.label`);
    arize.com/docs/phoenix/tracing/how-to-tracing/feedback-and-annotations/llm-evaluations
    (evaluations: `label`, `score`).
    """
    kind = str(row.get("annotator_kind") or "LLM").strip()  # evaluations do not say theirs
    return {
        "conversation_id": _first_at(row, _PHOENIX_IDS),
        "metric": first(row, ("annotation_name", "name", "eval_name")),
        "annotator": first(row, ("identifier",)) or "phoenix",
        "annotator_kind": _PHOENIX_KINDS.get(kind.upper(), kind),
        "value": _first_at(row, ("result.label", "label", "result.score", "score")),
        "confidence": row.get("confidence"),
    }


def _first_at(row: Mapping[str, Any], paths: Collection[str]) -> Any:
    found = (_at(row, path) for path in paths)
    return next((value for value in found if value is not None and value != ""), None)


def _at(row: Mapping[str, Any], path: str) -> Any:
    """The value of a dotted name: a column called so, or one inside another."""
    if path in row or "." not in path:
        return row.get(path)
    outer, _, inner = path.partition(".")
    return _at(mapping(row.get(outer)), inner)


def _object(value: object) -> Mapping[str, Any]:
    """An object, or the one in a JSON text: CSV exports hold such."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (ValueError, RecursionError):
            return {}
    return mapping(value)
