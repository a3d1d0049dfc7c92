"""Checks in real Dagster runs: what blocks stops exactly its day, what warns stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Warehouse
from last_mile.adapters.warehouse.database import opened
from last_mile.core.expectation import STAGE_CHECKS, Checked, CheckResult, StageCheck
from last_mile.definitions import defs
from last_mile.defs.check_results import reported
from last_mile.defs.checks import STAGE_CHECK_DEFINITIONS
from last_mile.defs.judging import JudgeWatch
from last_mile.defs.tables import POOL
from last_mile_tests.scenario import DAY, READING, conversation, write_drop

DAYS = [DAY + timedelta(days=n) for n in range(3)]
BROKEN = DAYS[1]
AFTER_THE_JUDGE = ("judge_flags", "labeled_conversations", "stat_cells", "quality_tiers")
BEFORE = ("conversations", "heuristic_flags", "judge_verdicts", "outcomes")


class Run:
    """Three days of one conversation each, their runs, and where these are kept."""

    def __init__(self, folder: Path) -> None:
        lines = [
            conversation(f"c{day.day}", started_at=f"{day}T10:00:00Z", user_id="u") for day in DAYS
        ]
        home = Installation.at(folder / "home")
        home.save(Settings(drops=str(write_drop(folder / "drops", lines)), judge="rules"))
        self.warehouse = Warehouse(home=str(home.home))
        self.instance = dg.DagsterInstance.ephemeral()
        land(self.warehouse, folder / "drops", "conversations", READING)

    def of(self, day: date) -> dg.ExecuteInProcessResult:
        return (
            defs()
            .resolve_job_def("daily")
            .execute_in_process(
                instance=self.instance,
                partition_key=day.isoformat(),
                resources={
                    "warehouse": self.warehouse,
                    "judge_watch": JudgeWatch(lambda _: None),
                },
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        )

    def days_with(self, table: str) -> list[date]:
        return self.warehouse.read(table)["day"].unique().sort().to_list()


def _plant(warehouse: Warehouse) -> None:
    """An answer of the broken day that is surer than sure; the ledger keeps it."""
    answer = {
        "content_hash": "h", "epoch": "e", "metric": "sounds_robotic", "conversation_id": "c6",
        "day": BROKEN, "judge": "m", "flag": "true", "reason": "judged", "confidence": 7.0,
    }  # fmt: skip
    warehouse.keep("judge_verdicts", pl.DataFrame([answer]))


def _failed(result: dg.ExecuteInProcessResult) -> list[dg.AssetCheckEvaluation]:
    return [check for check in result.get_asset_check_evaluations() if not check.passed]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[dg.ExecuteInProcessResult]]:
    run = Run(tmp_path_factory.mktemp("days"))
    _plant(run.warehouse)
    return run, [run.of(day) for day in DAYS]


def test_a_blocking_check_that_fails_stops_exactly_its_day(
    built: tuple[Run, Sequence[dg.ExecuteInProcessResult]],
) -> None:
    run, results = built
    assert [result.success for result in results] == [True, False, True]
    for table in BEFORE:
        assert run.days_with(table) == DAYS, table
    for table in AFTER_THE_JUDGE:
        partitions = run.instance.get_materialized_partitions(dg.AssetKey(table))
        assert partitions == {DAYS[0].isoformat(), DAYS[2].isoformat()}, table
    assert run.days_with("quality_tiers") == [DAYS[0], DAYS[2]]


def test_a_failed_check_says_which_rows_and_what_to_do(
    built: tuple[Run, Sequence[dg.ExecuteInProcessResult]],
) -> None:
    (failed,) = _failed(built[1][1])
    assert (failed.asset_key.to_user_string(), failed.check_name) == (
        "judge_verdicts", "answers_in_range"
    )  # fmt: skip
    assert failed.severity == dg.AssetCheckSeverity.ERROR
    assert failed.description is not None
    assert failed.description.startswith(
        "highest_confidence lies in 0 to 1 is not so in 1 of 14 rows (\u2039sounds_robotic\u203a). "
    )
    metadata = {name: value.value for name, value in failed.metadata.items()}
    assert str(metadata.pop("results")).splitlines()[3] == (
        "| highest\\_confidence lies in 0 to 1 | 14 | 1 | \u2039sounds\\_robotic\u203a |"
    )
    assert metadata == {
        "rows_looked_at": 14, "expectations_met": 5, "expectations_broken": 1, "broken": 1
    }  # fmt: skip


def test_a_check_that_holds_says_what_it_looked_at(
    built: tuple[Run, Sequence[dg.ExecuteInProcessResult]],
) -> None:
    checks = built[1][0].get_asset_check_evaluations()
    daily = {f"{check.asset}:{check.name}" for check in STAGE_CHECKS if check.daily}
    assert {f"{c.asset_key.to_user_string()}:{c.check_name}" for c in checks} == daily
    (whole,) = [check for check in checks if check.check_name == "rows_are_whole"]
    assert str(whole.metadata["results"].value).splitlines()[2:4] == [
        "| no conversation ids that stand twice | 1 | 0 |  |",
        "| no conversations without an id or a content hash | 1 | 0 |  |",
    ]


def test_what_only_warns_stops_nothing() -> None:
    odd = StageCheck("a", "b", "Odd.", (), "x", fix="Look.", blocking=False)
    broken = Checked("x = y", passed=False, looked_at=1, broken=1, examples=["r"])
    result = reported(CheckResult(odd, 1, [broken]))
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    blocking = {
        f"{spec.asset_key.to_user_string()}:{spec.name}": spec.blocking
        for check in STAGE_CHECK_DEFINITIONS
        for spec in check.check_specs
    }
    for check in STAGE_CHECKS:
        assert blocking[f"{check.asset}:{check.name}"] is check.blocking


def test_every_check_waits_for_its_turn_at_the_database() -> None:
    pools = {check.op.name: check.op.pool for check in STAGE_CHECK_DEFINITIONS}
    assert {name: pool for name, pool in pools.items() if pool != POOL} == {}


def test_a_check_of_a_day_has_that_day_as_its_partition() -> None:
    partitioned = {
        spec.name: spec.partitions_def is not None
        for check in STAGE_CHECK_DEFINITIONS
        for spec in check.check_specs
        if spec.asset_key == dg.AssetKey("conversations")
    }
    assert partitioned == {"lines_reconcile": True, "rows_are_whole": True}


def test_a_mended_day_is_built(
    built: tuple[Run, Sequence[dg.ExecuteInProcessResult]],
) -> None:
    run, _ = built
    with opened(run.warehouse.installation.warehouse) as connection:
        connection.execute("delete from judge_verdicts where confidence > 1")
    assert run.of(BROKEN).success
    assert run.days_with("quality_tiers") == DAYS
