"""Lines of a batch: requests that are given to a provider, results that come back.

Not here: handing them over and fetching them (adapters/judge/batches.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from last_mile.core.judge.call import model_name
from last_mile.core.judge.money import Usage, counted

ENDPOINT = "/v1/chat/completions"
ENDED = ("completed", "expired", "cancelled", "failed")
_UNSCORED = {
    "context_length_exceeded": "too_long", "string_above_max_length": "too_long",
    "content_policy_violation": "refused", "content_filter": "refused",
}  # fmt: skip


class Row(NamedTuple):
    """One line of a result file: a completion, or the fault it met."""

    call_id: str
    text: str | None = None  # None: no completion
    finish: str | None = None
    refused: bool = False
    usage: Usage | None = None
    fault: str | None = None  # too_long, refused: no answer can be had; else not paid, ask again
    model: str | None = None  # as the provider names it


def request_line(call_id: str, model: str, body: Mapping[str, Any]) -> bytes:
    """A request as a line of a batch's input file."""
    line = {
        "custom_id": call_id, "method": "POST", "url": ENDPOINT, "body": {"model": model, **body},
    }  # fmt: skip
    return msgspec.json.encode(line) + b"\n"


def result_rows(data: bytes) -> Iterator[Row]:
    """Rows of an output or error file; lines that are no result are left out, as if missing."""
    for line in data.splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and isinstance(row.get("custom_id"), str):
            yield _row(row)


def _row(row: Mapping[str, Any]) -> Row:
    response = _mapping(row.get("response"))
    body = _mapping(response.get("body"))
    if row.get("error") or response.get("status_code") != 200:  # noqa: PLR2004
        code = (_mapping(row.get("error")) or _mapping(body.get("error"))).get("code")
        known = _UNSCORED.get(str(code))
        return Row(row["custom_id"], fault=known or f"batch row failed ({_plain(code)})")
    choices = body.get("choices")
    choice = _mapping(choices[0]) if isinstance(choices, list) and choices else {}
    message, finish = _mapping(choice.get("message")), choice.get("finish_reason")
    text = message.get("content")
    return Row(
        row["custom_id"],
        text if isinstance(text, str) else "",
        finish if isinstance(finish, str) else None,
        bool(message.get("refusal")) or finish == "content_filter",
        _usage(_mapping(body.get("usage"))),
        model=model_name(body.get("model")),
    )


def _usage(usage: Mapping[str, Any]) -> Usage | None:
    cached = _mapping(usage.get("prompt_tokens_details")).get("cached_tokens")
    return counted(usage.get("prompt_tokens"), cached, usage.get("completion_tokens"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain(code: object) -> str:
    """A provider's code, when it is one: nothing that could hold a text."""
    text = str(code)
    return text if text.replace("_", "").isalnum() and len(text) <= 40 else "unknown"  # noqa: PLR2004
