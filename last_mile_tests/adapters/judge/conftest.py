"""The server that misbehaves, as the judge's provider, with pauses short enough for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from last_mile_tests.judge_server import JudgeServer, judge_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    with judge_server() as served:
        monkeypatch.setenv("OPENAI_API_BASE", served.url)
        monkeypatch.setenv("OPENAI_API_KEY", "no-key")
        monkeypatch.setattr("last_mile.core.judge.policy._FIRST_PAUSE_S", 0.01)
        monkeypatch.setattr("last_mile.core.judge.policy._LONGEST_PAUSE_S", 0.05)
        monkeypatch.setattr("last_mile.core.judge.flow._PAUSE_S", 0.01)
        yield served
