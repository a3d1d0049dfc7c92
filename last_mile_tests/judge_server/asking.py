"""A judge prompt about a small conversation, sent over HTTP without a client of ours.

For tests of the server. Not here: what comes back (the tests).
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import httpx

from last_mile.core.judge.prompt import CANARIES, conversation_message, rubric_message
from last_mile_tests.judge_server.server import JudgeServer
from last_mile_tests.scenario import metric

PREFIX = rubric_message([metric("robotic"), metric("polite")])
SAID: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hi"}], "context": [], "final_output": "Yo",
}  # fmt: skip
CANARIES_RIGHT = {canary.id: f"{canary.answer[0]}10" for canary in CANARIES}


@cache
def http() -> httpx.Client:
    """One client for all tests: making one takes 40 ms."""
    return httpx.Client(trust_env=False, timeout=30)


def messages(prefix: str = PREFIX, said: dict[str, Any] = SAID) -> list[dict[str, str]]:
    """The two messages of a judge prompt."""
    user = conversation_message(said, 60_000)[0]
    return [{"role": "system", "content": prefix}, {"role": "user", "content": user}]


def ask(server: JudgeServer, *, timeout: float = 5, **sent: Any) -> httpx.Response:
    """Send a chat call; `request_id` goes into its header, anything else into its body."""
    headers = {"X-Client-Request-Id": sent.pop("request_id")} if "request_id" in sent else {}
    body = {"model": "gpt-4o-mini", "messages": messages(), **sent}
    url = f"{server.url}/chat/completions"
    return http().post(url, json=body, headers=headers, timeout=timeout)


def reply_in(response: httpx.Response) -> dict[str, Any]:
    """The reply of a completion as an object."""
    reply: dict[str, Any] = json.loads(response.json()["choices"][0]["message"]["content"])
    return reply
