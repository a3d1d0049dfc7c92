"""Which executor the environment asks for, and that runs and Celery's workers agree on a broker."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from typing import Any

import billiard
import dagster as dg
import pytest
from billiard.exceptions import WorkerLostError
from celery.exceptions import TaskRevokedError
from dagster_celery.defaults import broker_transport_options

from last_mile.definitions import defs
from last_mile.defs import celery_app
from last_mile.defs.celery_app import _may_have_children
from last_mile.defs.celery_executor import _StepResult
from last_mile.defs.executor import celery_settings, executor_from
from last_mile.errors import UserError

REDIS, RABBIT = "redis://:secret@127.0.0.1:1/0", "pyamqp://guest@127.0.0.1:1//"
CELERY = {"LAST_MILE_EXECUTOR": "celery", "LAST_MILE_REDIS": REDIS}


@pytest.mark.parametrize("set_to", [{}, {"LAST_MILE_EXECUTOR": ""}])
def test_steps_are_executed_in_the_process_of_the_run_unless_said(set_to: dict[str, str]) -> None:
    assert executor_from(set_to) is dg.in_process_executor


@pytest.mark.parametrize("name", ["in_process", "celery", "k8s"])
def test_definitions_have_the_executor_that_is_asked_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in {**CELERY, "LAST_MILE_EXECUTOR": name}.items():
        monkeypatch.setenv(variable, value)
    executor = defs().resolve_job_def("daily").executor_def
    assert executor.name == name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"LAST_MILE_EXECUTOR": "Celery"}, "names no executor; known: in_process, celery, k8s"),
        ({"LAST_MILE_EXECUTOR": "celery"}, "needs a broker: set LAST_MILE_REDIS=redis://HOST"),
        (
            {"LAST_MILE_EXECUTOR": "celery", "LAST_MILE_BROKER": RABBIT},
            "LAST_MILE_BROKER is no redis:// address; set LAST_MILE_REDIS",
        ),
    ],
)
def test_what_is_missing_is_said_without_the_address(given: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said) as found:
        executor_from(given)
    assert "guest" not in str(found.value)


@pytest.mark.parametrize(
    ("name", "package"), [("celery", "dagster_celery"), ("k8s", "dagster_k8s")]
)
def test_a_missing_extra_is_said_with_its_install(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [one for one in sys.modules if one.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=rf"pip install 'last-mile\[{name}\]'"):
        executor_from({**CELERY, "LAST_MILE_EXECUTOR": name})


def _configured(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Dagster makes of the executor's configuration when a run begins."""
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    made: Any = executor_from(environment).apply_config_mapping({})
    found: dict[str, Any] = made.value["config"]
    return found


def test_runs_and_workers_have_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    of_runs = _configured(CELERY, monkeypatch)
    celery_app._app.cache_clear()
    of_workers = celery_app.app.conf
    assert of_runs["broker"] == of_workers.broker_url == REDIS
    assert of_runs["backend"] == of_workers.result_backend == REDIS
    for name, value in of_runs["config_source"].items():
        assert of_workers[name] == value, name
    assert {"execute_plan", "execute_job", "resume_job"} <= set(celery_app.app.tasks)


def test_a_step_of_a_day_is_not_delivered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis delivers again after an hour, if nobody says otherwise; Dagster does not."""
    assert "visibility_timeout" not in broker_transport_options
    source = _configured(CELERY, monkeypatch)["config_source"]
    assert source["broker_transport_options"]["visibility_timeout"] == 86_400


def test_another_broker_keeps_results_in_redis() -> None:
    settings = celery_settings({**CELERY, "LAST_MILE_BROKER": RABBIT})
    assert (settings["broker"], settings["backend"]) == ("LAST_MILE_BROKER", "LAST_MILE_REDIS")


def test_importing_the_app_reads_no_environment() -> None:
    assert "app" not in vars(celery_app)
    with pytest.raises(AttributeError, match="other"):
        _ = celery_app.other


class _Ended:
    """A task that ended with an error, and what else a result knows: its run and its step."""

    key = "outcomes"

    def __init__(self, ended_with: Exception) -> None:
        self._ended_with, self.said = ended_with, list[str]()
        self.log = self

    def get(self) -> list[str]:
        raise self._ended_with

    def for_step(self, _step: object) -> _Ended:
        return self

    def error(self, said: str) -> None:
        self.said.append(said)


def test_a_step_whose_process_was_killed_has_no_events_and_the_run_is_told() -> None:
    lost: Any = _Ended(WorkerLostError("signal 9"))
    assert _StepResult(lost, lost, lost).get() == []
    assert lost.said == [
        "Step outcomes: its task ended with WorkerLostError; the log of its worker says more"
    ]
    revoked: Any = _Ended(TaskRevokedError())
    with pytest.raises(TaskRevokedError):
        _StepResult(revoked, revoked, revoked).get()


def _begin_a_process() -> int | None:
    child = multiprocessing.get_context("spawn").Process(target=print)
    child.start()
    child.join()
    return child.exitcode


@pytest.mark.parametrize(("begin", "exit_code"), [(None, None), (_may_have_children, 0)])
def test_a_process_of_celery_may_have_processes_only_once_it_is_told(
    begin: Callable[[], None] | None, exit_code: int | None
) -> None:
    with billiard.Pool(1, begin) as pool:
        if exit_code is None:
            with pytest.raises(AssertionError, match="daemonic processes are not allowed"):
                pool.apply(_begin_a_process)
        else:
            assert pool.apply(_begin_a_process) == exit_code
