"""The upkeep of docs/scale.md, as it stands there: fewer files and snapshots, the same tables."""

from __future__ import annotations

import os
import re
from datetime import date, timedelta
from pathlib import Path

import duckdb

from last_mile.adapters.lake_address import CATALOG, DATA
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.adapters.warehouse.extensions import load_extensions
from last_mile_tests.lake.rows import FIRST, flags

_PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
_ROUNDS = 6
_SPAN = [FIRST + timedelta(days=n) for n in range(3)]
_KEPT = FIRST + timedelta(days=9)


def test_upkeep_leaves_the_tables_and_little_else(in_folder: Path) -> None:
    warehouse, data = Warehouse(home=str(in_folder)), Path(os.environ[DATA])
    for n in range(_ROUNDS):
        for day in _SPAN:
            _replace(warehouse, day, f"round {n}")
        warehouse.keep("heuristic_flags", flags(f"kept-{n}", day=_KEPT))
    before = sorted(warehouse.read("heuristic_flags").rows())
    files = len(_files(data))
    with duckdb.connect() as by_hand:
        load_extensions(by_hand)
        by_hand.execute(_upkeep())
        left = by_hand.execute("select count(*) from ducklake_snapshots('lake')").fetchall()
    assert left == [(2,)]  # what they are now, and the merging
    assert len(_files(data)) == len(_SPAN) + 1 < files
    assert sorted(warehouse.read("heuristic_flags").rows()) == before
    _replace(warehouse, FIRST, "after it")
    assert set(warehouse.read("heuristic_flags", _only(FIRST))["evidence"]) == {"after it"}


def _replace(warehouse: Warehouse, day: date, evidence: str) -> None:
    rows = flags(*(f"{day}-{i}" for i in range(50)), day=day, evidence=evidence)
    warehouse.replace("heuristic_flags", rows, _only(day))


def _only(day: date) -> Days:
    return Days(day, day + timedelta(days=1))


def _upkeep() -> str:
    """Its statements, on this lake, and at once instead of after days."""
    (text,) = re.findall(r"```sql\n(attach 'ducklake:.*?)```", _PAGE.read_text("utf-8"), re.DOTALL)
    text = text.replace("postgresql://last_mile@db:5432/lake", os.environ[CATALOG])
    text = text.replace("s3://bucket/last_mile/", f"{os.environ[DATA]}/")
    return re.sub(r"interval \d+ days", "interval 0 days", text)


def _files(data: Path) -> list[Path]:
    return list(data.rglob("*.parquet"))
