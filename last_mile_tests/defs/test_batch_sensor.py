"""The sensor over the judge's batches, with real ticks, a real instance and a real batch API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.definitions import defs
from last_mile.defs.judging import JudgeWatch
from last_mile.defs.sensors import finished_batches
from last_mile_tests.adapters.judge.world import batched_world, judge, verdicts
from last_mile_tests.judge_server import JudgeServer, judge_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    with judge_server() as served:
        monkeypatch.setenv("OPENAI_API_BASE", served.url)
        monkeypatch.setenv("OPENAI_API_KEY", "no-key")
        yield served


def _tick(
    warehouse: Warehouse, instance: dg.DagsterInstance, cursor: str | None = None
) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    result = finished_batches(context, warehouse=warehouse)
    assert isinstance(result, dg.SensorResult)
    return result


def _run(warehouse: Warehouse, instance: dg.DagsterInstance, request: dg.RunRequest) -> None:
    ended = (
        defs()
        .resolve_job_def(str(request.job_name))
        .execute_in_process(
            instance=instance,
            partition_key=request.partition_key,
            resources={"warehouse": warehouse, "judge_watch": JudgeWatch()},
        )
    )
    assert ended.success


def test_a_batch_that_has_ended_has_its_day_built_once(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = batched_world(tmp_path, 3)
    server.batches.polls_before_done = 1
    judge(warehouse)
    with dg.DagsterInstance.ephemeral() as instance:
        waiting = _tick(warehouse, instance)
        assert not waiting.run_requests
        assert "1 batches are not ready" in str(waiting.skip_reason)
        due = _tick(warehouse, instance, waiting.cursor)
        (request,) = due.run_requests or ()
        assert (request.job_name, request.partition_key) == ("daily", "2026-01-05")
        assert request.run_key == _tick(warehouse, instance).run_requests[0].run_key  # type: ignore[index]
        _run(warehouse, instance, request)
        assert verdicts(warehouse).height == 6
        assert not _tick(warehouse, instance, due.cursor).run_requests


def test_a_provider_that_cannot_be_asked_is_a_reason_to_skip_and_keeps_the_cursor(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = batched_world(tmp_path, 2)
    judge(warehouse)
    monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:9/v1")
    with dg.DagsterInstance.ephemeral() as instance:
        result = _tick(warehouse, instance, "abc")
    assert "the batch API failed" in str(result.skip_reason)
    assert result.cursor == "abc"
