"""What is claimed of a judge that was killed and capped: its ledger against the provider's bills.

Each claim gives the sentences that speak against it. Not here: the account (chaos_account.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import get_args

from last_mile.core.judge.call import IN_DOUBT
from last_mile.core.judge.reply import Reason
from last_mile_tests.chaos_account import PAID, Account

_SCORED = "judged"
_MOST_PAID = 2  # calls for one group of questions: a reply and its repair


def claims(account: Account) -> dict[str, list[str]]:
    """Every claim, with what speaks against it."""
    return {claim: list(against(account)) for claim, against in CLAIMS.items()}


def lines(found: dict[str, list[str]]) -> Iterator[str]:
    """PASS or FAIL for each claim, with the first sentences against it."""
    for claim, against in found.items():
        yield f"{'FAIL' if against else 'PASS'}  {claim}"
        yield from (f"        {sentence}" for sentence in against[:5])


def _answers(account: Account) -> Iterator[str]:
    found = Counter((verdict["content_hash"], verdict["metric"]) for verdict in account.verdicts)
    for content_hash, name in account.conversations.items():
        for metric in account.metrics:
            times = found.pop((content_hash, metric), 0)
            if times != 1:
                yield f"{name} has {times} verdicts for {metric}"
    yield from (f"a verdict about {key} was not asked for" for key in found)
    for row in account.verdicts:  # the honest answer of the server is false to everything
        fits = {"false": row["reason"] == _SCORED, "unscored": row["reason"] in get_args(Reason)}
        if not fits.get(row["flag"]) or (row["flag"] == "unscored" and row["reason"] == _SCORED):
            yield f"{row['conversation_id']} {row['metric']}: {row['flag']}, {row['reason']}"


def _bill(account: Account) -> Iterator[str]:
    calls = {call["call_id"]: call for call in account.calls}
    bills = {str(bill.request_id): bill.nano for bill in account.bills}
    if len(bills) != len(account.bills) or len(calls) != len(account.calls):
        yield "an id stands twice in the bills or in the ledger"
    yield from (f"{i} was billed and is not in the ledger" for i in bills.keys() - calls.keys())
    for call_id, call in calls.items():
        billed = bills.get(call_id)
        if call["result"] in PAID and billed != call["cost_nano"]:
            yield f"{call_id} was billed {billed}, the ledger says {call['cost_nano']}"
        elif call["result"] == IN_DOUBT and not (billed or 0) <= call["reserved_nano"]:
            yield f"{call_id} was billed {billed}, {call['reserved_nano']} was reserved"
        elif call["result"] == IN_DOUBT and call["cost_nano"] != call["reserved_nano"]:
            yield f"{call_id} is in doubt and not counted as what was reserved"
        elif call["result"] not in (*PAID, IN_DOUBT) and billed is not None:
            yield f"{call_id} was billed, the ledger says {call['result']}"


def _caps(account: Account) -> Iterator[str]:
    run_of = {call["call_id"]: call["run"] for call in account.calls}
    billed, booked = Counter[str](), Counter[str]()  # bills only add up: their end is their most
    for bill in account.bills:
        billed[run_of.get(str(bill.request_id), "")] += bill.nano
    for call in account.calls:
        booked[call["run"]] += call["cost_nano"]
    dearest = max((call["reserved_nano"] for call in account.calls), default=0)
    caps = {run.name: run.cap_nano for run in account.runs}
    for name, sums in (("bill", billed), ("ledger", booked)):
        for run, nano in sums.items():
            cap = caps.get(run)
            if cap is not None and nano > cap:
                yield f"{run}: the {name}'s {nano} is over its cap of {cap}"
        if sums.total() > account.month_cap_nano:
            yield f"the {name}'s {sums.total()} is over the month's cap"
    for end in account.runs:
        if end.cap_nano is not None and end.capped and end.cap_nano - booked[end.name] >= dearest:
            yield f"{end.name} ended by its cap with room for another call"


def _again(account: Account) -> Iterator[str]:
    settling = {verdict["call_id"] for verdict in account.verdicts}
    for (content_hash, panel), calls in account.asked().items():
        what = f"{account.conversations.get(content_hash, content_hash)}, panel {panel}"
        if any(earlier["result"] == "answered" for earlier in calls[:-1]):
            yield f"{what} was answered and asked again"
        if calls[-1]["call_id"] not in settling:
            yield f"{what}: the last call settled nothing"
        if sum(call["result"] in PAID for call in calls) > _MOST_PAID:
            yield f"{what} was paid more than {_MOST_PAID} times"
        if len({call["sent_at"] for call in calls}) != len(calls):
            yield f"{what}: two calls at the same moment"


def _ends(account: Account) -> Iterator[str]:
    for name, wanted, found in (
        ("kills", account.kills, sum(run.kills for run in account.runs)),
        ("kills in mid-flight", account.kills, len(account.killed())),
        ("runs ended by their cap", account.caps, sum(run.capped for run in account.runs)),
    ):
        if found != wanted:
            yield f"{found} {name} instead of {wanted}"
    for writer, lost in account.killed().items():
        if lost > account.in_flight:
            yield f"{lost} calls of {writer} were in flight at a kill"
    for run in account.runs:
        if run.error:
            yield f"{run.name}: {run.error}"
        if run.missing != run.skipped.keys():
            yield f"{run.name}: {len(run.missing)} lack an answer, {len(run.skipped)} are listed"
        fits = {"run_cap", "unanswered"} if run.cap_nano is not None else {"unanswered"}
        if not fits >= set(run.skipped.values()):
            yield f"{run.name}: skipped for {sorted(set(run.skipped.values()) - fits)}"
    if account.runs and account.runs[-1].skipped:
        yield "conversations are left at the end"


def _journal(account: Account) -> Iterator[str]:
    return (f"{name} is left" for name in account.journal)


CLAIMS: dict[str, Callable[[Account], Iterator[str]]] = {
    "every conversation ended scored or unscored with its reason, once": _answers,
    "the bill is the ledger's cost plus the counted in flight, by id": _bill,
    "no cap was exceeded, by the bills or by the ledger": _caps,
    "nothing that had an answer was asked again": _again,
    "every kill hit calls in flight; every run listed what it left and why": _ends,
    "the journal is empty": _journal,
}
