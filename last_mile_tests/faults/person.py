"""What a person does in the UI, over its GraphQL: launch jobs and backfills, look, execute again.

Not here: the services (services.py).
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

REPOSITORY = {"repositoryLocationName": "last_mile", "repositoryName": "__repository__"}
_TIMEOUT_S = 60.0
_LAUNCH = """mutation ($given: ExecutionParams!) { launchRun(executionParams: $given) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_BACKFILL = """mutation ($given: LaunchBackfillParams!) {
    launchPartitionBackfill(backfillParams: $given) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_AGAIN = """mutation ($given: ReexecutionParams!) {
    launchRunReexecution(reexecutionParams: $given) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_SENSOR = """mutation ($given: SensorSelector!) { startSensor(sensorSelector: $given) {
    __typename ... on Sensor { name } ... on PythonError { message } } }"""
_RUNS = """query ($filter: RunsFilter!) { runsOrError(filter: $filter, limit: 500) {
    ... on Runs { results { runId parentRunId status jobName } } } }"""
_STATUS = """query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status } } }"""
_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
    locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
_FRESH = """query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) {
    ... on AssetNode { freshnessStatusInfo { freshnessStatus } } } }"""
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
_GOING_ON = {"REQUESTED", "CANCELING", "FAILING"}
Run = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody with a browser.

    Attributes:
        address: Of the webserver.
    """

    address: str

    def sees_definitions(self) -> bool:
        """Whether the webserver is there and has loaded the code location."""
        try:
            entries = self._ask(_LOCATIONS)["workspaceOrError"]["locationEntries"]
        except OSError:
            return False
        loaded = [entry["locationOrLoadError"] for entry in entries]
        assert not any(found and "message" in found for found in loaded), loaded
        return bool(loaded) and all(loaded)

    def launches(self, job: str) -> str:
        """Launch a job; the id of its run."""
        selector = {**REPOSITORY, "jobName": job}
        done = self._ask(_LAUNCH, given={"selector": selector, "runConfigData": {}})
        return str(_made(done["launchRun"], "LaunchRunSuccess")["run"]["runId"])

    def launches_backfill(self, job: str, days: Sequence[str]) -> str:
        """Launch a job for days; the id of the backfill."""
        repository = {"repositorySelector": REPOSITORY, "partitionSetName": f"{job}_partition_set"}
        given = {"selector": repository, "partitionNames": list(days)}
        done = self._ask(_BACKFILL, given=given)["launchPartitionBackfill"]
        return str(_made(done, "LaunchBackfillSuccess")["backfillId"])

    def executes_again(self, run: str) -> str:
        """`Re-execute from failure`; the id of the new run."""
        given = {"parentRunId": run, "strategy": "FROM_FAILURE"}
        done = self._ask(_AGAIN, given=given)["launchRunReexecution"]
        return str(_made(done, "LaunchRunSuccess")["run"]["runId"])

    def switches_on(self, sensor: str) -> None:
        """Start a sensor."""
        selector = {**REPOSITORY, "sensorName": sensor}
        _made(self._ask(_SENSOR, given=selector)["startSensor"], "Sensor")

    def runs(self) -> list[Run]:
        """All runs; one that was executed again by hand belongs to no backfill any more."""
        found: list[Run] = self._ask(_RUNS, filter={})["runsOrError"]["results"]
        return found

    def sees_end_of_run(self, run: str) -> str | None:
        """The status a run ended with; None: it goes on."""
        found = self._ask(_RUNS, filter={"runIds": [run]})["runsOrError"]["results"]
        status = str(found[0]["status"])
        return status if status in _ENDED else None

    def sees_end_of_backfill(self, backfill: str) -> bool:
        """Whether neither the backfill nor any run goes on."""
        status = self._ask(_STATUS, id=backfill)["partitionBackfillOrError"]["status"]
        return status not in _GOING_ON and self.sees_rest()

    def sees_rest(self) -> bool:
        """Whether no run goes on."""
        return all(run["status"] in _ENDED for run in self.runs())

    def sees_freshness(self, table: str) -> str:
        """How fresh an asset is called: `HEALTHY`, `WARNING`, `DEGRADED` or `UNKNOWN`."""
        told = self._ask(_FRESH, key={"path": [table]})["assetNodeOrError"]["freshnessStatusInfo"]
        return str(told["freshnessStatus"])

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            told = json.load(answer)
        assert "errors" not in told, told["errors"]
        data: dict[str, Any] = told["data"]
        return data


def failed(runs: Sequence[Run]) -> list[str]:
    """Ids of failed runs that were not executed again."""
    again = {run["parentRunId"] for run in runs}
    return [
        run["runId"] for run in runs if run["status"] == "FAILURE" and run["runId"] not in again
    ]


def retries(runs: Sequence[Run]) -> int:
    """How many runs executed another one again."""
    return sum(run["parentRunId"] is not None for run in runs)


def _made(done: dict[str, Any], what: str) -> dict[str, Any]:
    assert done["__typename"] == what, done
    return done
