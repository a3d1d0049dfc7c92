"""The purse: what is spent and in flight, over all processes, against the caps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from last_mile.adapters.installation import Settings
from last_mile.adapters.judge import session
from last_mile.adapters.judge.journal import Journal, others_write
from last_mile.adapters.judge.judged import Judged
from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.judge.purse import Caps, FilePurse
from last_mile.adapters.judge.session import caps_of, judging
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.judge.epoch import epoch_of
from last_mile_tests.adapters.judge.world import (
    JUDGE,
    NEXT_DAYS,
    a_call,
    calls,
    change,
    judge,
    judged_world,
    said,
    skipped,
)
from last_mile_tests.judge_server import JudgeServer

JANUARY = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, 0, 1, tzinfo=UTC)


def test_what_is_reserved_counts_until_it_is_settled(tmp_path: Path) -> None:
    purse = FilePurse(tmp_path, "r1", Caps(run_nano=100))
    assert purse.reserve(60, JANUARY) is None
    assert purse.reserve(60, JANUARY) == "run_cap"
    purse.settle(60, 10, JANUARY)
    assert purse.reserve(90, JANUARY) is None  # 10 + 90 = 100
    assert purse.reserve(1, JANUARY) == "run_cap"


def test_runs_of_one_month_share_its_cap_and_have_their_own(tmp_path: Path) -> None:
    caps = Caps(run_nano=70, month_nano=100)
    first, second = FilePurse(tmp_path, "r1", caps), FilePurse(tmp_path, "r2", caps)
    assert first.reserve(70, JANUARY) is None
    assert first.reserve(1, JANUARY) == "run_cap"
    assert second.reserve(31, JANUARY) == "month_cap"
    assert second.reserve(30, JANUARY) is None


def test_a_call_that_ends_in_another_month_is_settled_in_the_one_it_was_sent_in(
    tmp_path: Path,
) -> None:
    purse = FilePurse(tmp_path, "r1", Caps(month_nano=100))
    purse.reserve(100, JANUARY)
    assert purse.reserve(100, FEBRUARY) is None
    purse.settle(100, 0, JANUARY)
    assert purse.reserve(1, FEBRUARY) == "month_cap"
    assert purse.reserve(100, JANUARY) is None


def test_those_that_reserve_at_once_never_exceed_the_cap(tmp_path: Path) -> None:
    def reserved(_: int) -> int:
        purse = FilePurse(tmp_path, "r1", Caps(run_nano=1_000))  # its own locks
        return sum(purse.reserve(7, JANUARY) is None for _ in range(100))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(reserved, range(4))) == 142  # 142 * 7 = 994, and 143 * 7 > 1000


@pytest.mark.parametrize(("cap", "nano"), [(None, None), (float("inf"), None), (0.5, 500_000_000)])
def test_a_cap_is_kept_in_whole_nano_dollars_and_infinity_is_none(
    tmp_path: Path, cap: float | None, nano: int | None
) -> None:
    warehouse = judged_world(tmp_path, 0, cap_usd=cap)
    assert caps_of(warehouse.installation.settings()).run_nano == nano


def _settled(warehouse: Warehouse) -> tuple[Settings, Ledger]:
    """The settings and the ledger of a world, as a stage has them."""
    settings, rubric = warehouse.installation.settings(), warehouse.installation.rubric()
    return settings, Ledger(warehouse, rubric, epoch_of(rubric, JUDGE))


def test_a_run_that_starts_as_another_ends_counts_what_that_one_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = judged_world(tmp_path, 0, month_cap_usd=100 / 1e9)
    settings, ledger = _settled(warehouse)
    now = datetime.now(UTC)
    other = Journal(ledger.folder / "journal")
    call = a_call(1, sent_at=now, reserved_nano=80)
    other.sent(call)
    FilePurse(ledger.folder / "purse", "other", Caps()).reserve(80, now)
    other.ended(call.ended("answered", cost_nano=80))
    looks = others_write

    def closing_first(folder: Path, journal: Journal) -> bool:
        """The other ends after this start has folded, and before it looks who is at work."""
        other.close()
        return looks(folder, journal)

    monkeypatch.setattr(session, "others_write", closing_first)
    with judging(ledger, settings, Judged(JUDGE, ledger.epoch, "mine")) as (_, purse):
        assert purse.reserve(21, now) == "month_cap"  # 80 + 21 > 100
        assert purse.reserve(20, now) is None


def test_a_run_that_goes_on_beside_a_later_one_keeps_what_it_spent(
    tmp_path: Path, server: JudgeServer
) -> None:
    """A run judges day after day; between two of them another starts alone, and is still at it."""
    warehouse = judged_world(tmp_path, 2, lines=[said(1, day=6), said(2, day=6)])
    judge(warehouse, "r1")
    spent, reserved = server.paid_nano, int(calls(warehouse)["reserved_nano"].max())  # type: ignore[arg-type]
    change(warehouse, cap_usd=(spent + reserved - 1) / 1e9)  # no room for another call
    settings, ledger = _settled(warehouse)
    with judging(ledger, settings, Judged(JUDGE, ledger.epoch, "r2")):
        judge(warehouse, "r1", NEXT_DAYS)
    assert server.paid_nano == spent
    assert set(skipped(warehouse)) == {"run_cap"}
