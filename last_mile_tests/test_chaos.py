"""A small chaos run, and that each claim about it notices when it does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from last_mile_tests.chaos import chaos_run
from last_mile_tests.chaos_account import KILLED, Account, RunEnd
from last_mile_tests.chaos_claims import CLAIMS, claims, lines
from last_mile_tests.judge_server import Bill

ANSWERS, BILL, CAPS, AGAIN, ENDS, JOURNAL = CLAIMS


@pytest.mark.runs
def test_a_judge_killed_and_capped_pays_for_nothing_twice_and_loses_nothing(
    tmp_path: Path,
) -> None:
    account = chaos_run(tmp_path, conversations=400, kills=3, seed=1, in_flight=16)
    found = claims(account)
    assert not any(found.values()), "\n".join([*account.lines(), *lines(found)])
    # each kind of fault was met: of about 900 calls the rarest comes to 9 on average
    assert account.served is not None
    assert {"429", "500", "hang", "malformed", "truncated", "refusal"} <= account.served.keys()


def _call(call_id: str, at_s: int, **over: Any) -> dict[str, Any]:
    sent_at = datetime(2026, 1, 5, 12) + timedelta(seconds=at_s)  # noqa: DTZ001 - as in the table
    return {
        "call_id": call_id, "run": "run-1", "content_hash": "h1", "panel": 0, "sent_at": sent_at,
        "result": "answered", "fault": None, "reserved_nano": 70, "cost_nano": 40, **over,
    }  # fmt: skip


def _bill(call_id: str | None, nano: int = 40) -> Bill:
    return Bill(call_id, nano, 1, 0, 1, "")


def _verdict(**over: Any) -> dict[str, Any]:
    return {
        "content_hash": "h1", "conversation_id": "c1", "metric": "polite", "call_id": "b-2",
        "flag": "false", "reason": "judged", **over,
    }  # fmt: skip


# Run 1 was killed with one call in flight (70 reserved of a cap of 130: no room for 70 more), run 2
# asked again: 45 were billed for the lost call and 40 for the answered one.
LOST = _call("a-1", 0, result="in_doubt", fault=KILLED, cost_nano=70)
KEPT = _call("b-2", 9, run="run-2")
HELD = Account(
    conversations={"h1": "c1"}, metrics=["polite"], calls=[LOST, KEPT], verdicts=[_verdict()],
    bills=[_bill("a-1", 45), _bill("b-2")], kills=1, caps=1, month_cap_nano=110, in_flight=1,
    runs=[
        RunEnd("run-1", 130, 1, frozenset({"c1"}), {"c1": "run_cap"}),
        RunEnd("run-2", None, 0, frozenset(), {}),
    ],
)  # fmt: skip
CAPPED, LAST = HELD.runs


def test_all_claims_hold_for_a_kill_whose_call_is_charged_and_asked_again() -> None:
    assert not any(claims(HELD).values())
    assert "PASS  the journal is empty" in list(lines(claims(HELD)))
    shown = [" ".join(line.split()) for line in HELD.lines()]
    assert "bill of calls in doubt $0.000000045" in shown
    assert "run-1 cap $0.000000130, 1 kills, left: 1 run_cap" in shown


@pytest.mark.parametrize(
    ("claim", "over"),
    [
        pytest.param(ANSWERS, {"verdicts": []}, id="a verdict is missing"),
        pytest.param(ANSWERS, {"verdicts": [_verdict()] * 2}, id="a verdict is doubled"),
        pytest.param(ANSWERS, {"verdicts": [_verdict(metric="x")]}, id="nobody asked for it"),
        pytest.param(ANSWERS, {"verdicts": [_verdict(flag="true")]}, id="the server said false"),
        pytest.param(ANSWERS, {"verdicts": [_verdict(flag="unscored")]}, id="no reason"),
        pytest.param(ANSWERS, {"verdicts": [_verdict(reason="bored")]}, id="another reason"),
        pytest.param(BILL, {"calls": [KEPT]}, id="a bill is in no ledger"),
        pytest.param(BILL, {"bills": [*HELD.bills, _bill("b-2")]}, id="billed twice"),
        pytest.param(BILL, {"bills": [_bill("a-1", 45)]}, id="paid and not billed"),
        pytest.param(BILL, {"bills": [_bill("b-2", 41)]}, id="a nano-dollar off"),
        pytest.param(
            BILL, {"bills": [_bill("a-1", 71), _bill("b-2")]}, id="dearer than its reserve"
        ),
        pytest.param(
            BILL, {"calls": [{**LOST, "cost_nano": 45}, KEPT]}, id="in doubt, counted as less"
        ),
        pytest.param(
            BILL, {"calls": [{**LOST, "result": "failed"}, KEPT]}, id="a failed call was billed"
        ),
        pytest.param(CAPS, {"runs": [replace(CAPPED, cap_nano=69)]}, id="the ledger's run"),
        pytest.param(
            CAPS, {"bills": [_bill("a-1", 131), _bill("b-2")]}, id="the bill's run"
        ),
        pytest.param(CAPS, {"month_cap_nano": 109}, id="the ledger's month"),
        pytest.param(CAPS, {"month_cap_nano": 84}, id="the bill's month"),
        pytest.param(CAPS, {"runs": [replace(CAPPED, cap_nano=140)]}, id="room for one more"),
        pytest.param(
            AGAIN, {"calls": [{**LOST, "result": "answered"}, KEPT]}, id="answered before"
        ),
        pytest.param(
            AGAIN, {"calls": [LOST, KEPT, _call("b-3", 10, result="failed")]}, id="asked after it"
        ),
        pytest.param(
            AGAIN,
            {"calls": [_call(f"b-{i}", i, result="unusable") for i in (0, 1)] + [KEPT]},
            id="two repairs",
        ),
        pytest.param(ENDS, {"kills": 2}, id="a kill that hit nothing"),
        pytest.param(ENDS, {"caps": 2}, id="a cap not met"),
        pytest.param(ENDS, {"in_flight": 0}, id="more lost than were in flight"),
        pytest.param(
            ENDS, {"runs": [replace(CAPPED, missing=frozenset()), LAST]}, id="listed, not missing"
        ),
        pytest.param(
            ENDS, {"runs": [CAPPED, replace(LAST, error="ValueError")]}, id="a run that failed"
        ),
        pytest.param(
            ENDS,
            {"runs": [replace(CAPPED, skipped={"c1": "stopped"}), LAST]},
            id="skipped for another reason",
        ),
        pytest.param(ENDS, {"runs": [CAPPED]}, id="left at the end"),
        pytest.param(JOURNAL, {"journal": ["a-000000.open"]}, id="a segment"),
    ],
)  # fmt: skip
def test_a_claim_fails_when_it_does_not_hold(claim: str, over: dict[str, Any]) -> None:
    assert claims(replace(HELD, **over))[claim]
