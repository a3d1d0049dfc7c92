"""The account of a judge that was killed and capped: what is left of it, and the table of it.

Not here: making it (chaos.py), what is claimed of it (chaos_claims.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from last_mile.core.judge.call import IN_DOUBT
from last_mile_tests.judge_server import Bill

PAID = ("answered", "partial", "unusable")
KILLED = "the run ended while the call was in flight"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class RunEnd:
    """How a run came to its end.

    Attributes:
        cap_nano: Nano-dollars; None: only the month's cap.
        kills: Processes of the run that were killed.
        missing: Ids of conversations that lacked an answer.
        skipped: What the list of skipped ones says: id to reason.
        error: What its last process ended with.
    """

    name: str
    cap_nano: int | None
    kills: int
    missing: frozenset[str]
    skipped: Mapping[str, str]
    error: str = ""

    @property
    def capped(self) -> bool:
        """The run ended because its cap was reached."""
        return "run_cap" in self.skipped.values()


@dataclass(frozen=True)
class Account:
    """Everything that is left of a chaos run.

    Attributes:
        conversations: Content hash to id.
        calls, verdicts: Rows of `judge_calls` and `judge_verdicts`.
        bills: What the provider was paid, in order.
        kills, caps: How many were to be.
        journal: Segments that are left.
        served: Calls by fault, as the provider counted them.
    """

    conversations: Mapping[str, str]
    metrics: Sequence[str]
    calls: Sequence[Row]
    verdicts: Sequence[Row]
    bills: Sequence[Bill]
    runs: Sequence[RunEnd]
    kills: int
    caps: int
    month_cap_nano: int
    in_flight: int
    journal: Sequence[str] = ()
    served: Mapping[str, int] | None = None
    seconds: float = 0.0

    def asked(self) -> dict[tuple[str, int], list[Row]]:
        """The calls of each group of questions about a conversation, as they were sent."""
        asked = defaultdict(list)
        for call in sorted(self.calls, key=lambda call: call["sent_at"]):
            asked[call["content_hash"], call["panel"]].append(call)
        return asked

    def killed(self) -> Counter[str]:
        """Calls in flight at a kill, by the process that had sent them."""
        lost = (call["call_id"] for call in self.calls if call["fault"] == KILLED)
        return Counter(call_id.rpartition("-")[0] for call_id in lost)

    def lines(self) -> Iterator[str]:
        """The account as a table."""
        return (f"{name:<44}{value}" for name, value in _figures(self))


def _cause(call: Row) -> str:
    if call["result"] == IN_DOUBT:
        return "in flight at a kill" if call["fault"] == KILLED else "no answer in time"
    return "repair" if call["result"] in PAID else str(call["result"])


def _figures(account: Account) -> Iterator[tuple[str, str]]:
    billed = {str(bill.request_id): bill.nano for bill in account.bills}
    paid = [call for call in account.calls if call["result"] in PAID]
    doubt = [call for call in account.calls if call["result"] == IN_DOUBT]
    again = Counter(_cause(a) for calls in account.asked().values() for a, _ in pairwise(calls))
    reasons = Counter(verdict["reason"] for verdict in account.verdicts)
    in_doubt_billed = sum(billed.get(call["call_id"], 0) for call in doubt)
    for name, value in (
        ("conversations", len(account.conversations)),
        ("questions each", len(account.metrics)),
        ("calls", len(account.calls)),
        ("  paid", len(paid)),
        ("  in doubt", len(doubt)),
        ("    of these in flight at a kill", account.killed().total()),
        ("kills", sum(run.kills for run in account.runs)),
        ("runs ended by their cap", sum(run.capped for run in account.runs)),
    ):
        yield name, f"{value:,}"
    for name, nano in (
        ("bill of the server", sum(billed.values())),
        ("  ledger: cost of answered calls", sum(call["cost_nano"] for call in paid)),
        ("  bill of calls in doubt", in_doubt_billed),
        ("reserved for calls in doubt", sum(call["reserved_nano"] for call in doubt)),
    ):
        yield name, f"${nano / 1e9:.9f}"
    for name, counts in (
        ("faults served", account.served or {}),
        ("verdicts by reason", reasons),
        ("asked again after", again),
    ):
        yield name, ", ".join(f"{key} {n:,}" for key, n in sorted(counts.items()))
    for end in account.runs:
        cap = "no cap" if end.cap_nano is None else f"cap ${end.cap_nano / 1e9:.9f}"
        left = ", ".join(f"{n:,} {why}" for why, n in Counter(end.skipped.values()).items())
        yield end.name, f"{cap}, {end.kills} kills, left: {left or 'nothing'}"
    yield "seconds", f"{account.seconds:.0f}"
