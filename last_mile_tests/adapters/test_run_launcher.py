"""Whether the process of a launched run lives, as its code server and this machine say."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import grpc  # type: ignore[import-untyped]
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.__generated__.dagster_api_pb2 import Empty, GetCurrentRunsReply
from dagster._grpc.__generated__.dagster_api_pb2_grpc import (
    DagsterApiServicer,
    add_DagsterApiServicer_to_server,
)
from dagster._grpc.types import GetCurrentRunsResult
from dagster._serdes import serialize_value

from last_mile.adapters.installation import Installation, Settings
from last_mile.run import instance_of

RUNNING = CheckRunHealthResult(WorkerStatus.RUNNING)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    installation = Installation.at(tmp_path / "home")
    installation.save(Settings("drops"))
    with instance_of(installation) as made:
        yield made


class Server(DagsterApiServicer):
    """A code server that knows some runs."""

    def __init__(self, *runs: str) -> None:
        self._runs = list(runs)

    def GetCurrentRuns(self, request: Empty, context: object) -> GetCurrentRunsReply:  # noqa: N802
        """The runs it executes."""
        known = serialize_value(
            GetCurrentRunsResult(current_runs=self._runs, serializable_error_info=None)
        )
        return GetCurrentRunsReply(serialized_current_runs=known)


@contextmanager
def _serving(path: Path, servicer: DagsterApiServicer) -> Iterator[None]:
    server = grpc.server(ThreadPoolExecutor(1))
    add_DagsterApiServicer_to_server(servicer, server)  # type: ignore[no-untyped-call]
    server.add_insecure_port(f"unix:{path}")
    server.start()
    try:
        yield
    finally:
        server.stop(None).wait()


def _run(instance: dg.DagsterInstance, pid: int | None = None, **server: object) -> dg.DagsterRun:
    """A run that has started in a process."""
    tags = {GRPC_INFO_TAG: json.dumps({"host": "localhost", **server})} if server else {}
    run = dg.DagsterRun("daily", tags=tags)
    instance.run_storage.add_run(run)
    instance.report_dagster_event(
        DagsterEvent(DagsterEventType.RUN_START.value, "daily", pid=pid), run.run_id
    )
    return run


def _health(instance: dg.DagsterInstance, run: dg.DagsterRun) -> CheckRunHealthResult:
    return instance.run_launcher.check_run_worker_health(run)


def _ended_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_code_server_says_which_runs_it_executes(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    known, lost = (_run(instance, socket=str(path)) for _ in range(2))
    with _serving(path, Server(known.run_id)):
        assert _health(instance, known) == RUNNING
        found = _health(instance, lost)
    assert found.status == WorkerStatus.FAILED
    assert found.msg == "its process is gone: its code server was restarted"


@pytest.mark.parametrize("left", [True, False], ids=["its socket is left", "its socket is gone"])
def test_runs_of_a_code_server_that_was_killed_are_lost(
    instance: dg.DagsterInstance, tmp_path: Path, left: bool
) -> None:
    path = tmp_path / "s"
    if left:
        with socket.socket(socket.AF_UNIX) as listening:  # closing it leaves the file
            listening.bind(str(path))
            listening.listen()
        assert path.exists()
    found = _health(instance, _run(instance, socket=str(path)))
    assert found.status == WorkerStatus.FAILED
    assert found.msg == "its process is gone: its code server has ended"


def test_behind_a_proxy_that_knows_no_runs_their_processes_are_looked_for(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    """As under `dagster dev`, whose code server may also be a new one that never knew the run."""
    path = tmp_path / "s"
    lives = _run(instance, os.getpid(), socket=str(path))
    lost = _run(instance, _ended_pid(), socket=str(path))
    with _serving(path, DagsterApiServicer()):
        assert _health(instance, lives) == RUNNING
        assert _health(instance, lost).status == WorkerStatus.FAILED


def test_who_cannot_be_asked_is_left_running_with_a_reason(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    with socket.socket() as bound:  # and nobody listens
        bound.bind(("127.0.0.1", 0))
        silent = _health(instance, _run(instance, host="127.0.0.1", port=bound.getsockname()[1]))
    here = _health(instance, _run(instance))
    assert {silent.status, here.status} == {WorkerStatus.RUNNING}
    assert (silent.msg, here.msg) == ("its code server does not answer", "it was not launched")
