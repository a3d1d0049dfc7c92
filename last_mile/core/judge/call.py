"""One call to a judge as a value: a line of the journal, a row of `judge_calls`.

Not here: writing it down (adapters/judge/journal.py), sending it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from last_mile.core.judge.money import Usage
from last_mile.core.judge.reply import Verdict

IN_DOUBT = "in_doubt"
_MODEL_NAME = re.compile(r"[\w./:@+-]{1,200}", re.ASCII)


class Call(msgspec.Struct, kw_only=True):
    """A call that was sent; with `result`, one that has ended.

    Attributes:
        result: `answered`, `partial` or `unusable` (paid); `in_doubt` (its price is taken to be
            what was reserved); `pending` (in a batch); else the kind of fault, which is not paid.
        cost_nano: Nano-dollars.
        reported_model: As the reply names it; a provider may change what a name stands for.
    """

    call_id: str
    run: str
    epoch: str
    judge: str
    mode: str  # online, batch
    batch_id: str | None = None
    content_hash: str
    conversation_id: str
    day: date
    panel: int
    attempt: int
    sent_at: datetime
    cut_characters: int
    reserved_nano: int
    result: str | None = None
    fault: str | None = None
    cost_nano: int = 0
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    latency_ms: float | None = None
    reported_model: str | None = None  # no line of an older version has it

    def ended(
        self, result: str, *, cost_nano: int = 0, usage: Usage | None = None,
        latency_ms: float | None = None, fault: str | None = None, model: str | None = None,
    ) -> Call:  # fmt: skip
        """The same call with its end."""
        return msgspec.structs.replace(
            self,
            result=result,
            fault=fault,
            cost_nano=cost_nano,
            prompt_tokens=usage.prompt if usage else None,
            cached_tokens=usage.cached if usage else None,
            completion_tokens=usage.completion if usage else None,
            latency_ms=latency_ms,
            reported_model=model,
        )

    def lost(self, what: str) -> Call:
        """The call, when nothing is known of its end: it counts as paid in full."""
        return self.ended(IN_DOUBT, cost_nano=self.reserved_nano, fault=what)


class JournalLine(msgspec.Struct):
    """A call when it is sent (without `result`) or when it has ended, with what it settled."""

    call: Call
    verdicts: list[Verdict] = []


def model_name(reported: object) -> str | None:
    """A model as a reply names it, if it is a name; what could hold a text is none."""
    name = reported if isinstance(reported, str) else ""
    return name if _MODEL_NAME.fullmatch(name) else None


def open_calls(lines: Sequence[JournalLine]) -> list[Call]:
    """Calls that were sent and have not ended, in the order they were sent."""
    sent: dict[str, Call] = {}
    for line in lines:
        if line.call.result is None:
            sent[line.call.call_id] = line.call
        else:
            sent.pop(line.call.call_id, None)
    return list(sent.values())
