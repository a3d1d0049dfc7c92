"""Lines of batch files: reading requests, and saying why one has no response.

Not here: how a batch goes (batches.py).
"""

from __future__ import annotations

import json
from typing import Any

# Why a row has no response, by OpenAI's words.
ROW_ERRORS = {
    "expired": (
        "batch_expired",
        "This request could not be executed before the completion window expired.",
    ),
    "cancelled": ("batch_cancelled", "This request was cancelled before it was executed."),
    "timeout": ("request_timeout", "The underlying call to the model timed out."),
}
Row = dict[str, Any]


def named(index: int, row: Row) -> Row:
    """What every line about a row begins with."""
    return {"id": f"batch_req_{index}", "custom_id": row["custom_id"]}


def unanswered(index: int, row: Row, why: str) -> Row:
    """The line of a row without a response; `why` is a key of ROW_ERRORS."""
    code, message = ROW_ERRORS[why]
    return {**named(index, row), "response": None, "error": {"code": code, "message": message}}


def error_of(code: str, message: str, line: int | None = None) -> Row:
    """One of a batch's `errors`."""
    return {"code": code, "message": message, "param": None, "line": line}


def rows_of(content: bytes) -> tuple[list[Row], list[Row]]:
    """The rows of an input file, and what OpenAI's validation would say of it."""
    rows: list[Row] = []
    errors, seen = [], set()
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            row = json.loads(line)
            custom_id, _ = row["custom_id"], row["body"]["messages"]
        except (ValueError, KeyError, TypeError):
            errors.append(error_of("invalid_json_line", "This line is not a request.", number))
            continue
        if custom_id in seen:
            errors.append(error_of("duplicate_custom_id", "This custom_id is used before.", number))
        seen.add(custom_id)
        rows.append(row)
    if not rows and not errors:
        errors.append(error_of("empty_file", "The input file is empty."))
    return rows, errors
