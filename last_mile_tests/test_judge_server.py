"""The server that stands in for a model: its faults, its bills, and what it records.

Replies, batches and LiteLLM have files of their own beside this one.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import httpx
import pytest

from last_mile_tests.judge_server import JudgeServer, digest_of, judge_server
from last_mile_tests.judge_server.asking import PREFIX, ask, http, messages, reply_in


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def test_faults_come_in_their_order_and_then_honest_answers() -> None:
    with judge_server(["500", "429"]) as server:
        assert [ask(server).status_code for _ in range(3)] == [500, 429, 200]
        server.faults.append("503")
        assert [ask(server).status_code for _ in range(2)] == [503, 200]
    assert (server.calls, server.paid) == (5, 2)


@pytest.mark.parametrize(
    ("fault", "status", "code", "retry_after"),
    [
        ("429", 429, "rate_limit_exceeded", None),
        ("429:2", 429, "rate_limit_exceeded", "2"),
        ("429:0.25", 429, "rate_limit_exceeded", "0.25"),
        ("quota", 429, "insufficient_quota", None),
        ("budget", 422, "422", None),
        ("500", 500, None, None),
        ("503", 503, None, None),
        ("401", 401, "invalid_api_key", None),
        ("404", 404, "model_not_found", None),
        ("too_long", 400, "context_length_exceeded", None),
        ("policy", 400, "content_policy_violation", None),
        ("bad_request", 400, "unsupported_value", None),
    ],
)
def test_an_error_has_its_status_and_code_and_is_not_paid(
    fault: str, status: int, code: str | None, retry_after: str | None
) -> None:
    with judge_server([fault]) as server:
        response = ask(server)
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert response.headers.get("Retry-After") == retry_after
    assert server.paid == 0


def test_a_dropped_body_is_paid_and_a_reset_connection_is_not() -> None:
    with judge_server(["dropped", "reset"]) as server:
        with pytest.raises(
            httpx.RemoteProtocolError, match="without sending complete message body"
        ):
            ask(server)
        assert server.paid == 1
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            ask(server)
        assert server.paid == 1


def test_a_hanging_request_is_paid_and_ends_when_its_client_goes() -> None:
    with judge_server(["hang"]) as server:
        with pytest.raises(httpx.ReadTimeout):
            ask(server, timeout=0.2)
        assert server.paid == 1
        assert eventually(lambda: server.in_flight == 0)
        assert ask(server).status_code == 200


def test_a_late_answer_is_honest_and_late() -> None:
    with judge_server(["late:0.2"]) as server:
        began = time.monotonic()
        assert reply_in(ask(server))["answers"]["polite"] == "f8"
    assert time.monotonic() - began >= 0.2


def test_a_page_instead_of_json_is_a_success_nobody_paid_for() -> None:
    with judge_server(["html"]) as server:
        response = ask(server)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html")
    assert server.paid == 0


def test_a_bill_counts_tokens_and_the_cached_prefix() -> None:
    prefix = PREFIX + "\n" + "." * (4 * 1100 - len(PREFIX) - 1)  # 1,100 tokens
    sent = messages(prefix)
    with judge_server(["empty", "empty"], price_nano=(100, 10, 1000)) as server:
        usage = [ask(server, messages=sent, request_id=f"r{i}").json()["usage"] for i in range(2)]
    prompt = (len(prefix) + len(sent[1]["content"])) // 4
    # an empty reply is 0 // 4 + 1 token; 1,100 tokens are cached in steps of 128: 8 * 128 = 1,024
    assert [u["completion_tokens"] for u in usage] == [1, 1]
    assert [u["prompt_tokens_details"]["cached_tokens"] for u in usage] == [0, 1024]
    assert [bill.nano for bill in server.bills] == [
        prompt * 100 + 1000,
        (prompt - 1024) * 100 + 1024 * 10 + 1000,
    ]
    assert server.paid_nano == sum(bill.nano for bill in server.bills)
    assert [bill.request_id for bill in server.bills] == ["r0", "r1"]
    assert {bill.content_digest for bill in server.bills} == {digest_of(sent)}


def test_a_short_prefix_is_never_cached() -> None:
    with judge_server() as server:
        usage = [ask(server).json()["usage"] for _ in range(2)]
    assert usage[1]["prompt_tokens_details"]["cached_tokens"] == 0
    assert server.bills[0].request_id is None


def test_chance_gives_a_request_the_same_faults_in_any_order() -> None:
    texts = [f"{PREFIX}\n- m{i}: x" for i in range(40)]

    def statuses(order: list[str], seed: int) -> dict[str, list[int]]:
        with judge_server(rates={"429": 0.3, "503": 0.3}, seed=seed) as server:
            got: dict[str, list[int]] = {}
            for text in order:
                response = ask(server, messages=messages(text))
                got.setdefault(text, []).append(response.status_code)
        return got

    first = statuses(texts * 2, 1)
    assert statuses([*texts[::-1], *texts], 1) == first
    assert statuses(texts * 2, 2) != first
    assert {status for both in first.values() for status in both} == {200, 429, 503}


@pytest.mark.parametrize("rates", [{"fire": 0.1}, {"429": 0.6, "500": 0.6}, {"429": -0.1}])
def test_rates_that_cannot_be_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"unknown fault|rates of faults"):
        JudgeServer(rates=rates)


def test_what_is_in_flight_and_when_it_was_asked_is_recorded() -> None:
    async def together(server: JudgeServer) -> None:
        body = {"model": "m", "messages": messages()}
        async with aiohttp.ClientSession() as session:

            async def one() -> None:
                async with session.post(f"{server.url}/chat/completions", json=body) as response:
                    await response.read()

            await asyncio.gather(*(one() for _ in range(7)))

    with judge_server(latency_s=0.3, keep_prompts=False) as server:
        asyncio.run(together(server))
    assert (server.max_in_flight, server.in_flight, server.calls) == (7, 0, 7)
    assert server.asked_at == sorted(server.asked_at)
    assert len(server.asked_at) == 7
    assert server.prompts == []


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The server in a process of its own: its URL and its log."""
    log = tmp_path / "bills.jsonl"
    command = [sys.executable, "-m", "last_mile_tests.judge_server", "--log", str(log)]
    options = ["--latency-ms", "30000", "--rates", '{"429": 0.0}', "--seed", "1", "--rules"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), log
        process.terminate()
    assert process.returncode == 0


def test_a_client_that_goes_before_its_answer_has_been_billed(alone: tuple[str, Path]) -> None:
    url, log = alone
    server = JudgeServer()
    server.url = url
    with pytest.raises(httpx.ReadTimeout):
        ask(server, timeout=0.3, request_id="killed")
    (bill,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert bill["request_id"] == "killed"
    stats = http().get(url.removesuffix("/v1") + "/stats").json()
    assert (stats["calls"], stats["paid"]) == (1, 1)
    assert stats["paid_nano"] == bill["nano"]
