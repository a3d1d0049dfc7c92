"""The server that misbehaves, as the judge's provider, and a Redis that workers share.

Pauses and leases are short enough for tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from last_mile.adapters.redis_client import REDIS
from last_mile_tests.judge_server import JudgeServer, judge_server
from last_mile_tests.servers.redis import RedisServer, redis_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    with judge_server() as served:
        monkeypatch.setenv("OPENAI_API_BASE", served.url)
        monkeypatch.setenv("OPENAI_API_KEY", "no-key")
        monkeypatch.setattr("last_mile.core.judge.policy._FIRST_PAUSE_S", 0.01)
        monkeypatch.setattr("last_mile.core.judge.policy._LONGEST_PAUSE_S", 0.05)
        monkeypatch.setattr("last_mile.core.judge.flow._PAUSE_S", 0.01)
        yield served


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """An empty Redis in $LAST_MILE_REDIS."""
    with redis_server() as served:
        monkeypatch.setenv(REDIS, served.url)
        monkeypatch.setattr("last_mile.adapters.judge.locks.LEASE_S", 3.0)
        yield served
