"""Progress of the judge on the command line: rate of the day, spending of the command."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile.adapters.judge.progress import Progress
from last_mile.cli import judge_view


def test_a_new_day_starts_its_rate_anew_and_goes_on_with_the_spending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, lines = [0.0], list[tuple[str, int, int]]()
    monkeypatch.setattr("last_mile.cli.judge_view.time.monotonic", lambda: clock[0])

    def shown(stage: str, done: int, total: int, **_: Any) -> None:
        lines.append((stage, done, total))

    watch = judge_view.watching(shown)
    first, second = Progress(total=100), Progress(total=50)
    watch(first)
    clock[0] = 10.0
    first.calls["answered"], first.done, first.spent_nano = 100, 100, 2_000_000_000
    watch(first)
    clock[0] = 1000.0  # other stages
    watch(second)
    clock[0] = 1002.0
    second.calls["answered"], second.done, second.spent_nano = 20, 20, 500_000_000
    watch(second)
    # 100 calls in 10 s; then 20 in 2 s with 30 of 50 left: 3 s, and 2.0 + 0.5 USD
    assert lines[1] == ("judging: 10 calls/s, $2.00, 0 min 00 s left", 100, 100)
    assert lines[3] == ("judging: 10 calls/s, $2.50, 0 min 03 s left", 20, 50)
