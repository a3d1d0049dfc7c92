"""How tables are declared: pools, owners, conditions, and what a step does with an error."""

from pathlib import Path

import dagster as dg
import pytest
import yaml

from last_mile.definitions import defs
from last_mile.defs.automation import CARRY_CHANGED_DAYS
from last_mile.defs.broken_days import DAILY_TABLES
from last_mile.defs.judging import RUN_TAG
from last_mile.defs.tables import history_table
from last_mile.errors import PassingError, UserError

ROOT = Path(__file__).parents[2]
GRAPH = defs().resolve_asset_graph()
ASSETS = [
    definition for definition in defs().assets or () if isinstance(definition, dg.AssetsDefinition)
]
CHECKS = list(defs().asset_checks or ())
ROOTS = {"conversations", "rejected_lines", "outcome_events"}


def test_every_asset_and_check_that_opens_the_database_is_in_a_pool() -> None:
    steps = [*ASSETS, *CHECKS]  # all of them: one may open it without the resource
    assert len(steps) > 50
    assert {one.op.name for one in steps if one.op.pool is None} == set()
    assert {one.op.name for one in steps if one.op.pool != "warehouse"} == {"judge_verdicts"}


def test_a_backfill_makes_one_run_a_day() -> None:
    """Checks of a day have no day in a run over several: it would hold back all of them or none."""
    assert [one.op.name for one in ASSETS if one.backfill_policy is not None] == []


def test_pools_are_counted_by_run_so_that_no_step_polls_for_its_turn() -> None:
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    deployed = yaml.safe_load((ROOT / "deploy/dagster.yaml").read_text())
    assert settings["concurrency"]["pools"] == deployed["concurrency"]["pools"]
    assert settings["concurrency"]["pools"]["granularity"] == "run"


def test_days_are_carried_on_for_every_table_but_those_that_sensors_ask_for() -> None:
    by_day = {
        key.to_user_string() for key in GRAPH.get_all_asset_keys() if GRAPH.get(key).is_partitioned
    }
    assert by_day == set(DAILY_TABLES)
    carried = {
        name for name in by_day if GRAPH.get(dg.AssetKey(name)).automation_condition is not None
    }
    assert carried == by_day - ROOTS
    assert all(
        GRAPH.get(dg.AssetKey(n)).automation_condition == CARRY_CHANGED_DAYS for n in carried
    )


def test_every_table_has_an_owner_a_kind_a_group_a_description_and_columns() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        assert node.owners == ["team:last_mile"]
        assert node.kinds and node.group_name != "default" and node.description
        assert "dagster/column_schema" in node.metadata or key.path[0] in {
            "report",
            "training_release",
        }


def test_the_last_tables_have_a_freshness_policy() -> None:
    fresh = {
        key.to_user_string()
        for key in GRAPH.get_all_asset_keys()
        if GRAPH.get(key).freshness_policy
    }
    assert fresh == {"metric_lift", "report"}


def _ended(error: Exception, tags: dict[str, str] | None = None) -> list[str]:
    """Names of the step events of a run whose only step raises an error."""

    @history_table("logs")
    def conversation_logs(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """Raises."""
        raise error

    ended = dg.materialize([conversation_logs], raise_on_error=False, tags=tags)
    assert not ended.success
    return [event.event_type_value for event in ended.all_events if event.is_step_event]


@pytest.mark.parametrize(
    ("error", "tags"),
    [
        pytest.param(UserError("the file is bad"), None, id="bad data"),
        pytest.param(PassingError("open in another program"), {RUN_TAG: "x"}, id="a person waits"),
    ],
)
def test_a_step_that_cannot_succeed_is_not_tried_again(
    error: Exception, tags: dict[str, str] | None
) -> None:
    events = _ended(error, tags)
    assert "STEP_FAILURE" in events
    assert "STEP_UP_FOR_RETRY" not in events


def test_a_step_that_met_something_passing_is_tried_again_three_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("last_mile.defs.endings._PAUSE_S", 0)
    events = _ended(PassingError("open in another program"))
    assert events.count("STEP_RESTARTED") == 3
