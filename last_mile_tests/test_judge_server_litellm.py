"""What LiteLLM makes of the server's faults on the route the judge uses.

These pin LiteLLM, not us: a failure after an upgrade reads as "LiteLLM changed".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from last_mile_tests.judge_server import JudgeServer, judge_server
from last_mile_tests.judge_server.asking import messages
from last_mile_tests.test_judge_server_batches import ENDPOINT, rows


@pytest.fixture
def litellm(monkeypatch: pytest.MonkeyPatch) -> Any:
    """LiteLLM on the route the judge uses."""
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setenv("EXPERIMENTAL_OPENAI_BASE_LLM_HTTP_HANDLER", "True")
    return pytest.importorskip("litellm")


def complete(litellm: Any, server: JudgeServer) -> Any:
    asked = litellm.acompletion(
        model="openai/gpt-4o-mini", api_base=server.url, api_key="no-key", num_retries=0,
        max_retries=0, timeout=1, messages=messages(), extra_headers={"X-Client-Request-Id": "abc"},
    )  # fmt: skip
    return asyncio.run(asked)


def test_litellm_brings_the_request_id_and_reads_the_usage(litellm: Any) -> None:
    with judge_server() as server:
        response = complete(litellm, server)
    (bill,) = server.bills
    assert bill.request_id == "abc"
    assert response.usage.prompt_tokens == bill.prompt_tokens
    assert response.usage.completion_tokens == bill.completion_tokens


@pytest.mark.parametrize(
    ("fault", "error", "arrived"),
    [
        ("429", "RateLimitError", True),
        ("429:0.5", "RateLimitError", True),
        ("quota", "RateLimitError", True),
        ("500", "InternalServerError", True),
        ("503", "ServiceUnavailableError", True),
        ("dropped", "InternalServerError", False),
        ("reset", "InternalServerError", False),
        ("hang", "Timeout", False),
        ("html", "APIError", True),
        ("401", "AuthenticationError", True),
        ("404", "NotFoundError", True),
        ("too_long", "ContextWindowExceededError", True),
        ("policy", "ContentPolicyViolationError", True),
        ("bad_request", "BadRequestError", True),
    ],
)
def test_litellm_raises_once_and_has_headers_only_of_answers_that_arrived(
    litellm: Any, fault: str, error: str, arrived: bool
) -> None:
    with judge_server([fault]) as server, pytest.raises(Exception, match="litellm") as raised:
        complete(litellm, server)
    assert type(raised.value).__name__ == error
    headers = raised.value.litellm_response_headers  # type: ignore[attr-defined]
    assert (headers is not None) == arrived
    assert (headers or {}).get("retry-after") == ("0.5" if fault == "429:0.5" else None)
    assert server.calls == 1


async def _over_litellm(litellm: Any, url: str, states: Sequence[str]) -> tuple[Any, str, str]:
    to = {"custom_llm_provider": "openai", "api_base": url, "api_key": "no-key", "max_retries": 0}
    file = await litellm.acreate_file(file=("rows.jsonl", rows(4)), purpose="batch", **to)
    batch = await litellm.acreate_batch(
        completion_window="24h", endpoint=ENDPOINT, input_file_id=file.id,
        metadata={"run": "r1"}, **to,
    )  # fmt: skip
    for state in states:
        batch = await litellm.aretrieve_batch(batch_id=batch.id, **to)
        assert batch.status == state
    listed = await litellm.alist_batches(limit=5, **to)
    assert [b.metadata for b in listed.data] == [{"run": "r1"}]
    good = await litellm.afile_content(file_id=batch.output_file_id, **to)
    bad = await litellm.afile_content(file_id=batch.error_file_id, **to)
    return batch, good.content.decode(), bad.content.decode()


def test_litellm_takes_a_batch_through(litellm: Any) -> None:
    with judge_server() as server:
        server.batches.polls_before_done = 1
        server.batches.row_faults = {2: "500"}
        states = ["in_progress", "completed"]
        batch, good, bad = asyncio.run(_over_litellm(litellm, server.url, states))
    assert batch.request_counts.completed == 3
    assert [json.loads(line)["custom_id"] for line in good.splitlines()] == ["c3", "c1", "c0"]
    assert json.loads(bad)["response"]["status_code"] == 500
    assert server.paid == 3
