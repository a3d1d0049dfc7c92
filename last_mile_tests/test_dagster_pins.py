"""Behaviour of Dagster and DuckDB that the design stands on: when one fails, they have changed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.test_utils import create_run_for_test
from dagster_celery import celery_executor
from dagster_k8s.container_context import K8sContainerContext

DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-10")


@dg.asset(partitions_def=DAYS)
def above() -> None:
    """Something made by day."""


@dg.asset(deps=[above], partitions_def=DAYS)
def below() -> None:
    """Something made from it."""


@dg.asset_check(asset=above, blocking=True, partitions_def=DAYS)
def sound(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Fails on one day."""
    return dg.AssetCheckResult(passed=context.partition_key != "2026-01-05")


GRAPH = dg.Definitions([above, below], asset_checks=[sound], jobs=[dg.define_asset_job("both")])


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def _run(instance: dg.DagsterInstance, day: str, *tables: str) -> bool:
    ended = GRAPH.resolve_job_def("both").execute_in_process(
        instance=instance, partition_key=day, raise_on_error=False,
        asset_selection=[dg.AssetKey(table) for table in tables] or None,
    )  # fmt: skip
    return ended.success


def _pooled(folder: Path, granularity: str) -> dg.DagsterInstance:
    pools = {"granularity": granularity, "default_limit": 1}
    return dg.DagsterInstance.local_temp(str(folder), overrides={"concurrency": {"pools": pools}})


def test_a_pool_by_step_is_asked_again_a_second_later_and_its_wait_is_busy(tmp_path: Path) -> None:
    with _pooled(tmp_path, "op") as instance:
        holder, waiter = create_run_for_test(instance), create_run_for_test(instance)
        with (
            InstanceConcurrencyContext(instance, holder) as holds,
            InstanceConcurrencyContext(instance, waiter) as waits,
        ):
            assert holds.claim("warehouse", "a")
            assert not waits.claim("warehouse", "b")
            assert waits.interval_to_next_pending_claim_check() <= 0  # nothing to sleep for
            holds.free_step("a")
            assert not waits.claim("warehouse", "b")  # free, and not looked at before a second


def test_a_pool_without_a_limit_keeps_nobody_waiting() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        first, second = create_run_for_test(instance), create_run_for_test(instance)
        with (
            InstanceConcurrencyContext(instance, first) as one,
            InstanceConcurrencyContext(instance, second) as other,
        ):
            assert one.claim("warehouse", "a")
            assert other.claim("warehouse", "b")


def test_a_pool_by_run_is_not_asked_inside_a_run(tmp_path: Path) -> None:
    with _pooled(tmp_path, "run") as instance:
        with InstanceConcurrencyContext(instance, create_run_for_test(instance)) as one:
            assert one.claim("warehouse", "a")
            assert one.claim("warehouse", "b")
        assert instance.event_log_storage.get_concurrency_keys() == set()


def test_blocking_holds_inside_a_run_and_not_in_the_next_one(instance: dg.DagsterInstance) -> None:
    assert not _run(instance, "2026-01-05")
    made = instance.get_materialized_partitions(dg.AssetKey("below"))
    assert made == set()
    assert _run(instance, "2026-01-05", "below")  # hence defs/held_back.py


def _asked(condition: dg.AutomationCondition[Any], instance: dg.DagsterInstance) -> set[str | None]:
    """Days of `below` that are asked for once `above` was made on an old day."""
    carried = below.map_asset_specs(
        lambda spec: spec.replace_attributes(automation_condition=condition)
    )
    graph = dg.Definitions([above, carried], asset_checks=[sound])
    _run(instance, "2026-01-03")
    first = dg.evaluate_automation_conditions(graph, instance)
    assert first.total_requested == 0
    _run(instance, "2026-01-03", "above")
    then = dg.evaluate_automation_conditions(graph, instance, cursor=first.cursor)
    return set(then.get_requested_partitions(dg.AssetKey("below")))


def test_eager_leaves_old_days_alone(instance: dg.DagsterInstance) -> None:
    assert _asked(dg.AutomationCondition.eager(), instance) == set()


def test_eager_without_its_time_window_carries_old_days(instance: dg.DagsterInstance) -> None:
    window = dg.AutomationCondition.in_latest_time_window()
    assert _asked(dg.AutomationCondition.eager().without(window), instance) == {"2026-01-03"}


def test_a_day_loaded_before_the_condition_is_never_asked_for(instance: dg.DagsterInstance) -> None:
    """Hence a deployment begins with a backfill (docs/operating.md)."""
    window = dg.AutomationCondition.in_latest_time_window()
    carried = below.map_asset_specs(
        lambda spec: spec.replace_attributes(
            automation_condition=dg.AutomationCondition.eager().without(window)
        )
    )
    graph = dg.Definitions([above, carried], asset_checks=[sound])
    _run(instance, "2026-01-03", "above")
    first = dg.evaluate_automation_conditions(graph, instance)
    then = dg.evaluate_automation_conditions(graph, instance, cursor=first.cursor)
    assert (first.total_requested, then.total_requested) == (0, 0)


def test_a_check_in_a_run_over_several_days_has_no_day(instance: dg.DagsterInstance) -> None:
    """Hence one run a day: it would hold back all days or none."""
    days: list[str | None] = []

    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def at_once() -> None:
        """Several days of it."""

    @dg.asset_check(asset=at_once, blocking=True, partitions_def=DAYS)
    def looks(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        days.append(context.partition_key if context.has_partition_key else None)
        return dg.AssetCheckResult(passed=True)

    graph = dg.Definitions([at_once], asset_checks=[looks])
    span = {
        "dagster/asset_partition_range_start": "2026-01-03",
        "dagster/asset_partition_range_end": "2026-01-05",
    }
    job = graph.resolve_implicit_global_asset_job_def()
    ended = job.execute_in_process(instance=instance, tags=span, raise_on_error=False)
    assert ended.success
    assert days == [None]


def test_a_database_file_that_is_open_admits_no_second_process_not_even_a_reader(
    tmp_path: Path,
) -> None:
    file = tmp_path / "one.duckdb"
    reader = f"import duckdb; duckdb.connect({str(file)!r}, read_only=True)"
    with duckdb.connect(str(file)):
        other = subprocess.run([sys.executable, "-c", reader], capture_output=True, check=False)
    assert other.returncode != 0
    assert b"lock" in other.stderr
    assert subprocess.run([sys.executable, "-c", reader], check=False).returncode == 0


def test_a_command_executes_its_runs_itself_whatever_the_executor(
    instance: dg.DagsterInstance,
) -> None:
    nowhere = celery_executor.configured({"broker": "redis://127.0.0.1:1/0"}, name="nowhere")
    graph = dg.Definitions([above], jobs=[dg.define_asset_job("both")], executor=nowhere)
    job = graph.resolve_job_def("both")
    assert job.executor_def.name == "nowhere"
    assert job.execute_in_process(instance=instance, partition_key="2026-01-03").success


def test_resources_of_a_code_location_go_before_those_of_the_launcher() -> None:
    def context(**given: Any) -> K8sContainerContext:
        return K8sContainerContext.create_from_config({"k8s": given})

    def limits(memory: str) -> dict[str, Any]:
        return {"limits": {"memory": memory}}

    code, launcher = limits("2Gi"), {"container_config": {"resources": limits("8Gi")}}
    merged = context(run_k8s_config=launcher).merge(context(resources=code))  # as for a run
    assert merged.run_k8s_config.container_config["resources"] == code
