"""`dagster dev` on a home, as `make dev` starts it, and GraphQL to wait for what it does.

Not here: acting in the UI (clicks.py): nothing is launched through GraphQL.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from last_mile_tests.browser.world import ENVIRONMENT, World
from last_mile_tests.deployment.services import free_port

ROOT = Path(__file__).parents[2]
_START_S, _END_S, _POLL_S = 180.0, 20.0, 0.5

_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
    locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
_RUN = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_BACKFILL = """query($id: String!) {
    partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"""


@dataclass(frozen=True, slots=True)
class Ui:
    """A running UI."""

    url: str

    def run_status(self, run_id: str) -> str:
        """Status of a run, e.g. SUCCESS."""
        return str(self._ask(_RUN, {"id": run_id})["runOrError"]["status"])

    def backfill_status(self, backfill_id: str) -> str:
        """Status of a backfill, e.g. COMPLETED_SUCCESS."""
        found = self._ask(_BACKFILL, {"id": backfill_id})
        return str(found["partitionBackfillOrError"]["status"])

    def is_loaded(self) -> bool:
        """Whether the code location is there; False while anything is still starting.

        Raises:
            AssertionError: The code location cannot be loaded.
        """
        try:
            entries = self._ask(_LOCATIONS, {})["workspaceOrError"]["locationEntries"]
        except (OSError, KeyError):
            return False
        loaded = [entry["locationOrLoadError"] for entry in entries]
        broken = [found["message"] for found in loaded if found and "message" in found]
        assert not broken, broken
        return bool(loaded) and all(loaded)

    def _ask(self, query: str, variables: Mapping[str, str]) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
        return data


def wait_for(what: str, done: Callable[[], bool], at_most_s: float) -> None:
    """Poll until something is so.

    Raises:
        AssertionError: It is not in time.
    """
    deadline = time.monotonic() + at_most_s
    while not done():
        assert time.monotonic() < deadline, f"{what}: not within {at_most_s:.0f} s"
        time.sleep(_POLL_S)


@contextmanager
def dagster_dev(world: World, log: Path) -> Iterator[Ui]:
    """Run `dagster dev` until the block ends, on a free port; `log` gets what it prints."""
    shutil.copy(ROOT / "dagster.yaml", world.dagster_home / "dagster.yaml")
    homes = {"LAST_MILE_HOME": str(world.home), "DAGSTER_HOME": str(world.dagster_home)}
    port = free_port()
    command = [
        str(Path(sys.executable).parent / "dagster"), "dev", "-w", "workspace.yaml",
        "-h", "127.0.0.1", "-p", str(port),
    ]  # fmt: skip
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**ENVIRONMENT, **homes}, stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip
        try:
            ui = Ui(f"http://127.0.0.1:{port}")
            wait_for("the UI and its code location", _started(process, ui, log), _START_S)
            yield ui
        finally:
            _end(process)


def _started(process: subprocess.Popen[bytes], ui: Ui, log: Path) -> Callable[[], bool]:
    def started() -> bool:
        assert process.poll() is None, log.read_text("utf-8", errors="replace")[-3000:]
        return ui.is_loaded()

    return started


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the services as a person would, then whatever is left of them."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    process.terminate()
    _, left = psutil.wait_procs(family, timeout=_END_S)
    for member in left:
        member.kill()
    psutil.wait_procs(left, timeout=_END_S)
    process.wait()
