"""One row of an outcome or label drop: its fields, or the reason it is refused.

Not here: files, CSV and Parquet (adapters/log_drop.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from last_mile.core.conversation import to_json
from last_mile.core.label_formats import plain_label
from last_mile.core.refusal import RefusedLineError
from last_mile.core.times import in_range, moment

_OUTCOME_FIELDS = (
    "conversation_id", "user_id", "task_id", "outcome", "event_id", "status", "value", "kind",
    "occurred_at", "arrived_at",
)  # fmt: skip
RECORDED, RETRACTED = "recorded", "retracted"
_STATUSES = (RECORDED, "corrected", RETRACTED)
_LARGEST_TURN = 2**31 - 1
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def outcome_row(row: Mapping[str, Any], file_day: date | None, last_day: date) -> dict[str, Any]:
    """Turn one row of an outcome drop into the fields of an `outcome_logs` row.

    It is about a conversation, or about what a user decided about a task; without a conversation to
    take the time from it says when. A correction or a retraction names the event.

    Args:
        row: Column name to value, as read (text, number or null).
        file_day: Day in the file's path: the row arrived then, unless it says otherwise.
        last_day: Days after it are out of range.

    Returns:
        Column values, without file, line and day.

    Raises:
        RefusedLineError: With the reason.
    """
    occurred_at = _moment(row.get("occurred_at"), last_day)
    arrived_at = _moment(row.get("arrived_at"), last_day)
    if arrived_at is None and file_day is not None:
        arrived_at = _moment(file_day.isoformat(), last_day)
    about = {name: _optional(row, name) for name in ("conversation_id", "user_id", "task_id")}
    by_task = about["user_id"] is not None and about["task_id"] is not None
    if about["conversation_id"] is None and not (by_task and occurred_at):
        raise RefusedLineError("missing_field")
    event_id, status = _optional(row, "event_id"), _status(row)
    if status != RECORDED and event_id is None:
        raise RefusedLineError("missing_field")
    has_value = status != RETRACTED or _optional(row, "value") is not None
    unknown = {k: v for k, v in row.items() if k not in _OUTCOME_FIELDS and v not in (None, "")}
    return {
        **about,
        "outcome": _text(row, "outcome"),
        "event_id": event_id,
        "status": status,
        "value": _number(row.get("value")) if has_value else None,
        "value_kind": str(row.get("kind") or "binary"),
        "occurred_at": occurred_at,
        "arrived_at": arrived_at,
        "attributes": to_json({k: str(v) for k, v in unknown.items()}) if unknown else None,
    }


def label_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Turn one row of a label drop into the fields of a `label_logs` row.

    Args:
        row: Column name to value, as read: a plain row, a Langfuse score or a Phoenix annotation.

    Raises:
        RefusedLineError: With the reason.
    """
    row = plain_label(row)
    turn, confidence = row.get("turn"), row.get("confidence")
    return {
        "conversation_id": _text(row, "conversation_id"),
        "turn": None if turn in (None, "") else _turn(turn),
        "metric": _text(row, "metric"),
        "annotator": str(row.get("annotator") or "unknown"),
        "annotator_kind": str(row.get("annotator_kind") or "human").strip().lower(),
        "value": _text(row, "value"),
        "confidence": None if confidence in (None, "") else _share(confidence),
    }


def _text(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    if value is None or isinstance(value, (list, dict)) or not str(value).strip():
        raise RefusedLineError("missing_field")
    return str(int(value)) if isinstance(value, bool) else str(value)


def _optional(row: Mapping[str, Any], field: str) -> str | None:
    """As `_text`; an empty field is None."""
    value = row.get(field)
    is_empty = value is None or (isinstance(value, str) and not value.strip())
    return None if is_empty else _text(row, field)


def _status(row: Mapping[str, Any]) -> str:
    status = (_optional(row, "status") or RECORDED).strip().lower()
    if status not in _STATUSES:
        raise RefusedLineError("unknown_status")
    return status


def _number(value: object) -> float:
    text = str(int(value)) if isinstance(value, bool) else str(value).strip()
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise RefusedLineError("not_a_number")
    return float(text)


def _share(value: object) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise RefusedLineError("not_a_number")
    return number


def _turn(value: object) -> int:
    number = _number(value)
    if number != int(number) or not 0 <= number <= _LARGEST_TURN:
        raise RefusedLineError("not_a_number")
    return int(number)


def _moment(value: object, last_day: date) -> datetime | None:
    """A UTC time without zone, or None for an empty field."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return in_range(moment(value).utc, last_day)
