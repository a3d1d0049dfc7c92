"""Dagster's own way of launching runs, that also notices when a run's processes are gone.

Runs are processes of the code server. It reports one that dies, but not when it dies itself: then
they would count as running for ever, with their places in pools. Named in dagster.yaml.
"""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import GetCurrentRunsResult
from dagster._serdes import deserialize_value

_RUNNING = CheckRunHealthResult(WorkerStatus.RUNNING)


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
        """
        server = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
        if not server:
            return _RUNNING
        if server.get("socket") and not Path(server["socket"]).exists():
            return _lost("its code server has ended")
        client = DagsterGrpcClient(
            port=server.get("port"), socket=server.get("socket"), host=server.get("host")
        )
        try:
            known = deserialize_value(client.get_current_runs(), GetCurrentRunsResult)
        except DagsterUserCodeUnreachableError:
            return _RUNNING
        if run.run_id in known.current_runs:
            return _RUNNING
        return _lost("its code server was restarted")


def _lost(why: str) -> CheckRunHealthResult:
    return CheckRunHealthResult(WorkerStatus.FAILED, f"its process is gone: {why}")
