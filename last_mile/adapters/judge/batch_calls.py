"""Calls of a batch: as lines for the provider, as rows of `judge_calls`.

Not here: handing them over (batches.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import polars as pl

from last_mile.adapters.judge.batch_api import BatchApi
from last_mile.adapters.judge.session import Setup
from last_mile.adapters.judge.transport import request_body
from last_mile.core.judge.batch_rows import request_line
from last_mile.core.judge.call import Call
from last_mile.core.judge.item import Item
from last_mile.core.judge.money import most_output_tokens, prompt_bytes

_CALLS: dict[str, Any] = {
    field.name: kind
    for field, kind in zip(
        msgspec.structs.fields(Call),
        (*[pl.String] * 8, pl.Date, pl.Int64, pl.Int64, pl.Datetime("us"), pl.Int64, pl.Int64,
         pl.String, pl.String, pl.Int64, pl.Int64, pl.Int64, pl.Int64, pl.Float64,
         pl.String),
        strict=True,
    )
}  # fmt: skip


def batch_call(
    item: Item, setup: Setup, submission: str, number: int, api: BatchApi
) -> tuple[Call, bytes]:
    """A call of a batch, pending, with its line of the input file."""
    model, panel, messages = setup.models[0], item.panel, item.messages()
    room = most_output_tokens(len(panel.asked), setup.stated_output_tokens)
    room += model.extra_output_tokens
    size = prompt_bytes(messages, panel.schema_bytes)
    reserved = model.batch_price.most_nano(size, room)
    call = Call(
        call_id=f"{submission[:16]}-{number:07d}", run=setup.run, epoch=setup.epoch,
        judge=model.name, mode="batch", batch_id=submission,
        content_hash=item.conversation["content_hash"],
        conversation_id=item.conversation["conversation_id"], day=item.conversation["day"],
        panel=panel.number, attempt=item.tries.calls + 1, sent_at=datetime.now(UTC),
        cut_characters=item.cut_characters, reserved_nano=reserved, result="pending",
        cost_nano=reserved,
    )  # fmt: skip
    reasons = model.extra_output_tokens > 0
    body = request_body(messages, panel.response_format, room, reasons=reasons)
    return call, request_line(call.call_id, api.model, body)


def calls_frame(calls: Sequence[Call]) -> pl.DataFrame:
    """Calls as rows of `judge_calls`."""
    rows = [
        {**msgspec.structs.asdict(call), "sent_at": call.sent_at.replace(tzinfo=None)}
        for call in calls
    ]
    return pl.DataFrame(rows, schema=_CALLS)
