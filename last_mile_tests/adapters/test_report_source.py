"""The report out of the tables: page, JSON and Parquet hold the same rows, byte for byte."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.report_numbers import SCHEMAS, write_numbers
from last_mile.adapters.report_source import write_report
from last_mile.adapters.warehouse import Warehouse
from last_mile.console import show_end
from last_mile.core.calibration import CALIBRATION_SCHEMA
from last_mile.core.composite import COMPOSITE_SCHEMA
from last_mile.core.fragments import wide_columns
from last_mile.core.lift import LIFT_SCHEMA
from last_mile.core.segments import SEGMENT_SCHEMA
from last_mile.core.tier_lift import TIER_LIFT_SCHEMA
from last_mile_tests.lift_rows import (
    composite_row,
    leaking_row,
    lift_row,
    quality_row,
    segment_row,
    text_row,
    tier_row,
)
from last_mile_tests.scenario import DAY, rubric

LIFTS = [
    lift_row("own_draft", exploratory=True, first_visible_on=date(2026, 1, 20)),
    text_row("robotic"),
    leaking_row("polite"),
    lift_row("own_draft", outcome="interviewed"),
    lift_row("own_draft", scope="model=m1"),
    lift_row("own_draft", outcome="interviewed", scope="model=m1"),
]
ROWS: dict[str, tuple[list[dict[str, Any]], Any]] = {
    "metric_lift": (LIFTS, LIFT_SCHEMA),
    "segment_lift": ([segment_row()], SEGMENT_SCHEMA),
    "composite_lift": ([composite_row(), composite_row("interviewed")], COMPOSITE_SCHEMA),
    "judge_calibration": ([quality_row()], CALIBRATION_SCHEMA),
    "tier_lift": ([tier_row("chosen_on"), tier_row()], TIER_LIFT_SCHEMA),
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An installation whose evidence tables hold literal rows, and whose others are empty."""
    home, file = tmp_path / "home", tmp_path / "rubric.yaml"
    file.write_text(json.dumps(rubric().model_dump(mode="json", exclude_none=True)))
    Installation.at(home).save(Settings(drops=str(tmp_path), rubric=str(file)))
    warehouse = Warehouse(home=str(home))
    warehouse.add_columns("labeled_conversations", wide_columns(warehouse.installation.rubric()))
    for table, (rows, schema) in ROWS.items():
        warehouse.replace(table, pl.DataFrame(rows, schema=schema))
    return warehouse


def test_json_has_every_section_and_lifts_where_they_belong(warehouse: Warehouse) -> None:
    written = write_report(warehouse, [])
    assert written == json.loads(warehouse.installation.report_json.read_text("utf-8"))
    assert [(row["outcome"], row["metric"]) for row in written["lift"]] == [
        ("hired", "own_draft"), ("hired", "robotic"), ("hired", "polite"),
        ("interviewed", "own_draft"),
    ]  # fmt: skip
    assert [(row["scope"], row["outcome"]) for row in written["lift_scopes"]] == [
        ("model=m1", "hired")
    ]
    assert written["audit"]["headline"].startswith("0 of 2 intuitions were wrong.")
    assert written["engagement"]["text"][0]["metric"] == "own_draft"
    assert len(written["composite"]) == 2
    assert written["lift"][0]["first_visible_on"] == "2026-01-20"


def test_parquet_holds_the_rows_of_json_and_the_lifts_of_every_scope(warehouse: Warehouse) -> None:
    written = write_report(warehouse, [])
    folder = warehouse.installation.report_numbers
    assert {path.name for path in folder.iterdir()} == {f"{name}.parquet" for name in SCHEMAS}
    lifts = pl.read_parquet(folder / "lift.parquet")
    assert lifts.height == len(LIFTS)
    assert set(lifts.columns) >= {*LIFT_SCHEMA, "question", "prior_author", "prior_date"}
    shown = lifts.filter(scope="all", outcome="hired")
    for column in ("adjusted_rr", "corrected_low", "verdict", "leaks", "question"):
        assert shown[column].to_list() == [row[column] for row in written["lift"][:3]]
    for name, section in (("segments", "segments"), ("judge_quality", "judge_quality")):
        (stored,) = pl.read_parquet(folder / f"{name}.parquet").to_dicts()
        (said,) = written[section]
        assert {**stored, "as_of": None} == {**said, "as_of": None}
    funnel = pl.read_parquet(folder / "funnel.parquet")
    assert funnel.rows() == [(row["step"], row["n"]) for row in written["funnel"]]


def test_a_tier_and_what_proves_it_stand_in_one_row_of_json_and_parquet(
    warehouse: Warehouse,
) -> None:
    known = pl.DataFrame(
        {"conversation_id": ["c1", "c2"], "day": DAY, "judge_weight": 1.0, "hired": [True, False]}
    )
    warehouse.replace("labeled_conversations", known)
    of = {"tier": "poor", "reason": "dull", "rule": "robotic", "train": "undesirable"}
    tiers = [{"conversation_id": name, "day": DAY, **of} for name in ("c1", "c2")]
    warehouse.replace("quality_tiers", pl.DataFrame(tiers))
    (said,) = write_report(warehouse, [])["tiers"]
    assert (said["name"], said["n"], said["rate"]) == ("poor (dull)", 2, 0.5)
    assert (said["later_rr"], said["later_from"], said["unlocked"]) == (0.8, "2026-02-01", False)
    (stored,) = pl.read_parquet(warehouse.installation.report_numbers / "tiers.parquet").to_dicts()
    assert stored["later_to"] == date(2026, 2, 20)
    assert {name: said[name] for name in ("reason", "state", "why", "later_high", "level")} == {
        name: stored[name] for name in ("reason", "state", "why", "later_high", "level")
    }


def test_the_same_tables_give_the_same_bytes(warehouse: Warehouse) -> None:
    def files() -> dict[str, bytes]:
        write_report(warehouse, [])
        home = warehouse.installation.home
        return {path.name: path.read_bytes() for path in home.rglob("*") if _of_report(path)}

    first = files()
    assert files() == first
    assert len(first) == 2 + len(SCHEMAS)


def _of_report(path: Path) -> bool:
    return path.name.startswith("report.") or path.suffix == ".parquet"


def test_a_table_that_is_no_longer_written_is_removed_from_the_folder(tmp_path: Path) -> None:
    write_numbers(tmp_path, {name: [] for name in SCHEMAS})
    (tmp_path / "gone.parquet").write_bytes(b"")
    write_numbers(tmp_path, {name: [] for name in SCHEMAS})
    assert {path.stem for path in tmp_path.iterdir()} == set(SCHEMAS)


def test_the_training_release_can_be_of_another_folder(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    manifest = {"release_id": "2026-03-14-0123abcd", "files": []}
    (tmp_path / "elsewhere/2026-03-14-0123abcd").mkdir(parents=True)
    (tmp_path / "elsewhere/2026-03-14-0123abcd/manifest.json").write_text(json.dumps(manifest))
    assert write_report(warehouse, [])["training"] is None
    found = write_report(warehouse, [], tmp_path / "elsewhere")["training"]
    assert found["release_id"] == "2026-03-14-0123abcd"


def test_the_command_line_shows_crude_and_adjusted_side_by_side(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(warehouse, [])
    show_end(warehouse.installation)
    lines = capsys.readouterr().out.splitlines()
    (heads,) = (line for line in lines if line.startswith("behaviour"))
    assert heads.split("  ")[-1].strip() == "verdict"
    assert "crude RR" in heads
    (own,) = (line for line in lines if line.startswith("own_draft "))
    assert own.split() == [
        "own_draft", "200", "of", "1,000", "15.0", "%", "5.0", "%", "3.000", "2.500", "[1.600,",
        "3.900]", "<0.001", "+", "confirmed",
    ]  # fmt: skip
    (polite,) = (line for line in lines if line.startswith("polite "))
    assert polite.endswith("knows the outcome")
