"""Dagster's own way of launching runs, that also notices when a run's processes are gone.

Runs are processes of the code server. It reports one that dies, but not when it dies itself: then
they would count as running for ever, with their places in pools. Named in dagster.yaml.
"""

from __future__ import annotations

import json
import os
import socket

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import GetCurrentRunsResult
from dagster._serdes import deserialize_value

_RUNNING = CheckRunHealthResult(WorkerStatus.RUNNING)
_PATIENCE_S = 5.0


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Launches runs in the code server and finds those that it no longer knows."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Ask the code server of a run that counts as started.

        A server that does not answer may be starting again; what it lost is found once it is up.
        Runs of the command line are not launched, and the next command finds the dead ones.

        Returns:
            RUNNING with a message that says why, when it is not known.
        """
        server = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
        if not server:
            return _unknown("it was not launched")
        path = server.get("socket")
        if path and not _listens(path):
            return _lost("its code server has ended")
        client = DagsterGrpcClient(port=server.get("port"), socket=path, host=server.get("host"))
        try:
            known = deserialize_value(client.get_current_runs(), GetCurrentRunsResult)
        except DagsterUserCodeUnreachableError as error:
            if path and "UNIMPLEMENTED" in str(error):  # the proxy of `dagster dev`
                return self._by_its_process(run)
            return _unknown("its code server does not answer")
        if run.run_id in known.current_runs:
            return _RUNNING
        return _lost("its code server was restarted")

    def _by_its_process(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Look for it on this machine, where everything is that talks through a socket.

        The server behind a proxy may be a new one: after *Reload* the old one ends its runs.
        """
        started = self._instance.get_records_for_run(
            run.run_id, of_type=dg.DagsterEventType.RUN_START, limit=1
        ).records
        event = started[0].event_log_entry.dagster_event if started else None
        if event is None or event.pid is None:
            return _unknown("its process is not known")
        try:
            os.kill(event.pid, 0)  # asks only
        except ProcessLookupError:
            return _lost("its code server was killed")
        except PermissionError:
            pass
        return _RUNNING


def _listens(path: str) -> bool:
    """Whether a server is at a socket; one that was killed leaves the file."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_PATIENCE_S)
        try:
            asking.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            pass  # too busy to say
    return True


def _unknown(why: str) -> CheckRunHealthResult:
    return CheckRunHealthResult(WorkerStatus.RUNNING, why)


def _lost(why: str) -> CheckRunHealthResult:
    return CheckRunHealthResult(WorkerStatus.FAILED, f"its process is gone: {why}")
