"""What a person does in the UI, through the same GraphQL: launch, and look at runs.

Not here: the services (services.py).
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from last_mile_tests.deployment.services import wait_for

REPOSITORY = {"repositoryLocationName": "last_mile", "repositoryName": "__repository__"}
_LAUNCH = """mutation ($given: ExecutionParams!) { launchRun(executionParams: $given) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_STATUS = """query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"""
_LOCATION = """{ workspaceOrError { ... on Workspace { locationEntries {
    name loadStatus locationOrLoadError { __typename } } } } }"""


@dataclass(frozen=True)
class Webserver:
    """The API of a webserver."""

    address: str

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Send a query; fails when it is answered with errors."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.address}/graphql", body, {"Content-Type": "application/json"}
        )
        try:
            told = _answer(request)
        except urllib.error.HTTPError:  # a connection from before a restart of the database
            told = _answer(request)
        assert "errors" not in told, told["errors"]
        data: dict[str, Any] = told["data"]
        return data

    def locations(self) -> dict[str, str]:
        """Code locations: what loading each came to."""
        entries = self.ask(_LOCATION)["workspaceOrError"]["locationEntries"]
        return {entry["name"]: entry["locationOrLoadError"]["__typename"] for entry in entries}

    def launch(self, job: str, day: str | None = None) -> str:
        """Launch a job, of a day if it has days; returns the id of its run."""
        tags = [{"key": "dagster/partition", "value": day}] if day else []
        given = {
            "selector": {**REPOSITORY, "jobName": job},
            "runConfigData": {},
            "executionMetadata": {"tags": tags},
        }
        done = self.ask(_LAUNCH, given=given)["launchRun"]
        assert done["__typename"] == "LaunchRunSuccess", done
        return str(done["run"]["runId"])

    def status(self, run: str) -> str:
        """The status of a run."""
        return str(self.ask(_STATUS, id=run)["runOrError"]["status"])

    def end_of(self, run: str) -> str:
        """The status a run ends with."""
        ends = {"SUCCESS", "FAILURE", "CANCELED"}
        wait_for(lambda: self.status(run) in ends, f"run {run} does not end")
        return self.status(run)


def _answer(request: urllib.request.Request) -> dict[str, Any]:
    with urllib.request.urlopen(request, timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
    return told
