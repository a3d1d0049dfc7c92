"""What follows the end of a call: its price, its verdicts, whether the item is asked once more.

Not here: when calls are started (online.py), the decisions (core/judge/).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.judge.pace import Pace
from last_mile.adapters.judge.progress import Progress
from last_mile.adapters.judge.purse import Purse
from last_mile.adapters.judge.session import Setup
from last_mile.adapters.judge.transport import Reply
from last_mile.core.judge.call import IN_DOUBT, Call
from last_mile.core.judge.flow import Flow
from last_mile.core.judge.item import Item, Settled
from last_mile.core.judge.policy import Breaker, Fault, after_fault
from last_mile.core.judge.reply import Reason, Verdict

_REASONS: dict[str, Reason] = {
    "refused": "refused", "rejected": "rejected", "too_long": "too_long",
}  # fmt: skip


class Ended(NamedTuple):
    """A call that came to an end."""

    item: Item
    call: Call
    result: Reply | Fault
    latency_ms: float


class Settler:
    """Settles the calls of one run of a judge, and stops it when no answer can be hoped for."""

    def __init__(
        self,
        setup: Setup,
        journal: Journal,
        purse: Purse,
        flow: Flow,
        *,
        pace: Pace,
        progress: Progress,
    ) -> None:
        self._setup, self._journal, self._purse, self._flow = setup, journal, purse, flow
        self._pace, self._progress, self._breaker = pace, progress, Breaker()
        self._answered = setup.answered_before
        self._rejected = set[str]()  # conversations rejected before anything was answered

    def settle(self, end: Ended) -> float | None:
        """Note what a call came to; seconds until its item is asked again, None: it is not."""
        if isinstance(end.result, Reply):
            pause = self._settle_reply(end.item, end.call, end.result, end.latency_ms)
        else:
            pause = self._settle_fault(end.item, end.call, end.result)
        sentence = self._breaker.tripped()
        if sentence and not self._progress.stopped:
            self._progress.stopped = f"{sentence}; what was answered is kept"
        return pause

    def _settle_reply(
        self, item: Item, call: Call, reply: Reply, latency_ms: float
    ) -> float | None:
        self._answered = True
        self._flow.answered()
        price = self._setup.models[item.model].price
        cost, usage = price.settled_nano(reply.usage, call.reserved_nano)
        if reply.trouble == "refused" and item.fall_back(len(self._setup.models)):
            settled = Settled([], True, "unusable")
        else:
            settled = item.take(reply.text, reply.trouble, repairs=self._setup.repairs)
        verdicts, again, result = settled
        ended = call.ended(
            result, cost_nano=cost, usage=usage, latency_ms=latency_ms, model=reply.model
        )
        self._note(ended, verdicts)
        if again:
            return 0.0
        if self._setup.repairs:  # embedded rules leave out what they have no rule for
            self._breaker.note(usable=not item.is_unusable(verdicts))
        self._progress.done += 1
        return None

    def _settle_fault(self, item: Item, call: Call, fault: Fault) -> float | None:
        if fault.kind in ("rate_limited", "overloaded"):
            closed = self._flow.limited(time.monotonic(), fault.retry_after_s)
            if closed:
                self._pace.close(closed)
        ended = call.lost(fault.what) if fault.kind == IN_DOUBT else None
        ended = ended or call.ended(fault.kind, fault=fault.what)
        step, pause = after_fault(fault, item.tries, all_rejected=self._all_rejected(item, fault))
        if step == "shorter" and not item.shorten():
            step = "unscored"
        if step in ("unscored", "unanswered") and item.fall_back(len(self._setup.models)):
            step, pause = "again", 0.0
        verdicts = item.unscored(_REASONS[fault.kind]) if step == "unscored" else []
        self._note(ended, verdicts)
        if step in ("again", "shorter"):
            return pause
        if step == "unscored":
            self._progress.done += 1
            return None
        self._progress.leave(item, "unanswered" if step == "unanswered" else "stopped")
        if step == "unanswered":
            self._breaker.note_unanswered()
        if step == "stop":
            self._progress.stopped = self._progress.stopped or _refusal(call.judge, fault)
        return None

    def _all_rejected(self, item: Item, fault: Fault) -> bool | None:
        """Whether a rejection is about the judge, not a conversation; None: not known yet."""
        if self._answered or fault.kind != "rejected":
            return False
        repeated = item.conversation["content_hash"] in self._rejected
        self._rejected.add(item.conversation["content_hash"])
        return True if repeated or len(self._rejected) > 1 else None

    def _note(self, call: Call, verdicts: Sequence[Verdict]) -> None:
        """Make the end of a call durable, then count it."""
        self._journal.ended(call, verdicts)
        self._purse.settle(call.reserved_nano, call.cost_nano, call.sent_at)
        self._progress.note(call, verdicts)


def _refusal(judge: str, fault: Fault) -> str:
    return (
        f"the provider refuses every call ({fault.what}); check the model name, its key variable "
        "and its quota, or use --judge rules"
    )
