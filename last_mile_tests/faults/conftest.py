"""The undisturbed run all others are held to, and the table of counts at the end.

Not here: faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from last_mile_tests.faults.account import Account
from last_mile_tests.faults.command import events_in, must_finish
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.tables import tables_of
from last_mile_tests.faults.world import DAYS, World, make_world
from last_mile_tests.judge_server import judge_server

SMALL = 2  # days of the small world, for cases that need no backfill
_LATENCY_S = 0.08
_COLUMNS = (
    "fault", "times", "runs restarted", "verdicts paid again (in flight)", "lines lost",
    "tables differing",
)  # fmt: skip
_PROPERTY = "fault"
Note = Callable[..., None]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return _undisturbed(tmp_path_factory.mktemp("undisturbed"), DAYS)


@pytest.fixture(scope="session")
def small_reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return _undisturbed(tmp_path_factory.mktemp("undisturbed"), DAYS[:SMALL])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with judge_server(latency_s=_LATENCY_S) as server:
        yield make_world(tmp_path, server)


@pytest.fixture
def small_world(tmp_path: Path) -> Iterator[World]:
    with judge_server(latency_s=_LATENCY_S) as server:
        yield make_world(tmp_path, server, DAYS[:SMALL])


def _undisturbed(folder: Path, days: Sequence[date]) -> Reference:
    with judge_server() as server:
        world = make_world(folder, server, days)
        home = world.folder / "home"
        must_finish(world, home)
        return Reference(tables_of(home), server.calls, events_in(home))


@pytest.fixture
def note(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Note:
    """Adds a line to the table of counts, and shows it at once: the whole takes an hour."""
    plugins: Any = request.config.pluginmanager
    shown, captured = (plugins.get_plugin(name) for name in ("terminalreporter", "capturemanager"))

    def add(fault: str, times: int, restarted: int, account: Account | None = None) -> None:
        cost = (account.again, account.lost, len(account.differing)) if account else (0, 0, 0)
        counts = (times, restarted, *cost)
        record_property(_PROPERTY, (fault, *counts))
        told = ", ".join(f"{name} {n}" for name, n in zip(_COLUMNS[1:], counts, strict=True))
        with captured.global_and_fixture_disabled():
            shown.write_line(f"\n{fault}: {told}")

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows: dict[str, list[int]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, row in getattr(report, "user_properties", ()):
                if name == _PROPERTY and report.when == "call":
                    counts = rows.setdefault(row[0], [0] * (len(_COLUMNS) - 1))
                    rows[row[0]] = [a + b for a, b in zip(counts, row[1:], strict=True)]
    if rows:
        terminalreporter.section("faults")
        for line in _table(rows):
            terminalreporter.write_line(line)


def _table(rows: dict[str, list[int]]) -> list[str]:
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    cells = [_COLUMNS, *((name, *map(str, row)) for name, row in rows.items())]
    cells.append(("all", *map(str, total)))
    widths = [max(len(row[i]) for row in cells) for i in range(len(_COLUMNS))]
    return [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
