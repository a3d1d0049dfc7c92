"""What follows a call that failed or was not answered fully: by kind of fault, with limits.

Not here: telling the kinds apart (adapters/judge/transport.py), when a call may start (flow.py).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal[
    "rate_limited",  # 429; not paid
    "overloaded",  # 503, 529: asked for less; not paid
    "failed",  # another 5xx; not paid
    "network",  # nothing was sent, or nothing came back of a refused connection; not paid
    "in_doubt",  # sent, and the answer did not arrive whole: it may have been paid
    "too_long",  # for the model's context; not paid
    "refused",  # by the provider's content policy; not paid
    "rejected",  # this request is not accepted, others are; not paid
    "fatal",  # key, quota, model: no request will be accepted
]
Step = Literal["again", "shorter", "unscored", "unanswered", "stop"]

_MOST_PASSING, _MOST_IN_DOUBT, _MOST_CUTS, _MOST_LIMITED = 6, 2, 3, 200
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_RECENT, _ENOUGH, _TOO_MANY = 60, 30, 0.5
_IN_A_ROW = 100


class Fault(NamedTuple):
    """A call without an answer: its kind, and what is said about it (never the provider's text)."""

    kind: Kind
    what: str
    retry_after_s: float | None = None


@dataclass(slots=True)
class Tries:
    """What was tried for one group of questions about one conversation."""

    calls: int = 0
    passing: int = 0
    in_doubt: int = 0
    limited: int = 0
    cuts: int = 0
    repairs: int = 0


def after_fault(fault: Fault, tries: Tries, *, all_rejected: bool | None) -> tuple[Step, float]:
    """What to do next and after how many seconds. Counts the fault in `tries`.

    Args:
        fault: Of the call that just ended.
        tries: Of its questions.
        all_rejected: Of a rejected request: whether every one is; None when it is the first and
            nothing was answered: it is tried again after another conversation.
    """
    if fault.kind == "fatal" or (fault.kind == "rejected" and all_rejected):
        return "stop", 0.0
    if fault.kind == "rejected" and all_rejected is None:
        return "again", _FIRST_PAUSE_S
    if fault.kind in ("refused", "rejected"):
        return "unscored", 0.0
    if fault.kind == "too_long":
        tries.cuts += 1
        return ("shorter" if tries.cuts <= _MOST_CUTS else "unscored"), 0.0
    if fault.kind == "rate_limited":  # the gate and the window keep the rate; hardly a limit here
        tries.limited += 1
        pause = fault.retry_after_s
        if pause is None:
            pause = min(_FIRST_PAUSE_S * 2 ** min(tries.limited - 1, 10), _LONGEST_PAUSE_S)
        return ("again" if tries.limited < _MOST_LIMITED else "unanswered"), pause
    if fault.kind == "in_doubt":
        tries.in_doubt += 1
        again = tries.in_doubt < _MOST_IN_DOUBT
    else:
        tries.passing += 1
        again = tries.passing < _MOST_PASSING
    pause = min(_FIRST_PAUSE_S * 2 ** (tries.passing + tries.in_doubt - 1), _LONGEST_PAUSE_S)
    return ("again" if again else "unanswered"), pause


@dataclass(slots=True)
class Breaker:
    """Stops a run whose answers are systematically unusable, or that gets none."""

    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=_RECENT))
    in_a_row: int = 0  # questions given up without an answer

    def note(self, *, usable: bool) -> None:
        """A paid reply, after its repair."""
        self.recent.append(usable)
        self.in_a_row = 0

    def note_unanswered(self) -> None:
        """All tries of some questions ended without a reply."""
        self.in_a_row += 1

    def tripped(self) -> str | None:
        """Why the run should stop, or None."""
        bad = self.recent.count(False)
        if len(self.recent) >= _ENOUGH and bad / len(self.recent) > _TOO_MANY:
            return f"{bad} of the last {len(self.recent)} replies could not be used"
        if self.in_a_row >= _IN_A_ROW:
            return f"{self.in_a_row} conversations in a row were not answered"
        return None
