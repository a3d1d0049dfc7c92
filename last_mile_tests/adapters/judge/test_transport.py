"""One call through LiteLLM: every fault of the server, told apart by what really came back."""

from __future__ import annotations

import asyncio
import socket

import pytest

from last_mile.adapters.judge.transport import Reply, ask
from last_mile.core.judge.policy import Fault
from last_mile_tests.adapters.judge.world import JUDGE
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.judge_server.asking import messages

FORMAT = {"type": "json_object"}


def _asked(timeout_s: float = 5) -> Reply | Fault:
    call = ask(
        JUDGE, messages(), FORMAT, most_output_tokens=500, timeout_s=timeout_s, call_id="id-1"
    )
    return asyncio.run(call)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("429", "rate_limited"),
        ("429:3", "rate_limited"),
        ("quota", "fatal"),
        ("budget", "fatal"),
        ("401", "fatal"),
        ("404", "fatal"),
        ("500", "failed"),
        ("503", "overloaded"),
        ("too_long", "too_long"),
        ("policy", "refused"),
        ("bad_request", "rejected"),
        ("dropped", "in_doubt"),
        ("reset", "in_doubt"),
        ("html", "in_doubt"),
        ("hang", "in_doubt"),
    ],
)
def test_a_fault_has_its_kind_and_one_request(server: JudgeServer, fault: str, kind: str) -> None:
    server.faults = [fault]
    found = _asked(timeout_s=0.3 if fault == "hang" else 5)
    assert isinstance(found, Fault)
    assert found.kind == kind
    assert found.retry_after_s == (3.0 if fault == "429:3" else None)
    assert "robotic" not in found.what  # neither the prompt nor the provider's text
    assert len(found.what) < 80
    assert server.calls == 1


def test_a_refused_connection_was_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    monkeypatch.setenv("OPENAI_API_BASE", url)
    monkeypatch.setenv("OPENAI_API_KEY", "no-key")
    found = _asked()
    assert isinstance(found, Fault)
    assert found.kind == "network"


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("honest", None),
        ("malformed", None),
        ("empty", None),
        ("no_choices", None),
        ("truncated", "cut_off"),
        ("refusal", "refused"),
        ("filtered", "refused"),
    ],
)
def test_what_was_paid_comes_back_as_a_reply(
    server: JudgeServer, fault: str, trouble: str | None
) -> None:
    server.faults = [fault]
    found = _asked()
    assert isinstance(found, Reply)
    assert found.trouble == trouble
    (bill,) = server.bills
    assert bill.request_id == "id-1"
    assert found.usage == (bill.prompt_tokens, bill.cached_tokens, bill.completion_tokens)


def test_tokens_nobody_counted_are_unknown_not_zero(server: JudgeServer) -> None:
    server.faults = ["no_usage"]
    found = _asked()
    assert isinstance(found, Reply)
    assert found.usage is None
