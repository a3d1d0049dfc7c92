"""Records of outcome and label drops as rows. Not here: what their fields mean (core/event_row)."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

from last_mile.adapters.drop_reading.lines import UNREADABLE_ROW, Record
from last_mile.adapters.drop_reading.parsing import decoded, kept_bytes
from last_mile.adapters.drop_reading.reading import Reading
from last_mile.core.conversation import to_json
from last_mile.core.event_row import label_row, outcome_row
from last_mile.core.label_formats import names_a_conversation
from last_mile.core.redaction import Redactor, hashed_user, users_hashed
from last_mile.core.refusal import RefusedLineError

_FREE_TEXT = ("attributes", "annotator", "value")


class EventParser:
    """Turns records of one outcome or label file into column values.

    Args:
        reading: How the landing reads.
        path_day: The day in the file's path.
        is_outcome: Outcomes, else labels.
    """

    def __init__(self, reading: Reading, path_day: date | None, *, is_outcome: bool) -> None:
        self.redacted: Counter[str] = Counter()
        self._reading = reading
        self._path_day = path_day
        self._is_outcome = is_outcome

    def __call__(self, record: Record) -> dict[str, Any]:
        """Column values of an accepted record, or its `reject_reason` and `raw`."""
        try:
            return self._row(record)
        except RefusedLineError as refusal:
            return {"reject_reason": refusal.reason, "raw": kept_bytes(record.raw, self._reading)}

    def is_headed(self, row: dict[str, Any]) -> bool:
        """Whether a row of a table has the columns that say what it is about."""
        if self._is_outcome:
            return "conversation_id" in row or {"user_id", "task_id"} <= row.keys()
        return "conversation_id" in row or names_a_conversation(row)

    def _row(self, record: Record) -> dict[str, Any]:
        if record.size > self._reading.max_line_bytes:
            raise RefusedLineError("too_large")
        if record.value is UNREADABLE_ROW:
            raise RefusedLineError("unreadable_row" if record.raw.strip() else "empty_line")
        value = decoded(record.raw) if record.value is None else record.value
        if not isinstance(value, dict):
            raise RefusedLineError("not_an_object")
        if not self._is_outcome:
            return self._private(label_row(value))
        return self._private(outcome_row(value, self._path_day, self._reading.last_day))

    def _private(self, row: dict[str, Any]) -> dict[str, Any]:
        salt, attributes = self._reading.salt, row.get("attributes")
        if salt is not None and row.get("user_id") is not None:  # as in conversation logs
            row["user_id"] = hashed_user(row["user_id"], salt)
        if salt is not None and attributes:
            row["attributes"] = to_json(users_hashed(json.loads(attributes), salt))
        if not self._reading.redacts:
            return row
        redactor = Redactor()
        for field in _FREE_TEXT:
            if isinstance(row.get(field), str):
                row[field] = redactor.text(row[field])
        self.redacted += redactor.counts
        return row
