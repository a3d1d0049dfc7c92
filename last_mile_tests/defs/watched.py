"""An installation that is watched: its sensors tick, and the runs they ask for are made at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.defs.judging import JudgeWatch
from last_mile.defs.sensors import new_label_drops, new_log_drops, new_outcome_drops
from last_mile.run.runs import with_resources

RUBRIC = """
name: small
version: 1
outcomes: [{id: hired, horizon_days: 10}]
metrics:
  - {id: long, kind: heuristic, question: "Is the answer longer than 3 words?", rule: words_over,
     params: {words: 3}, prior: {sign: 1, author: team, date: 2025-12-01}}
tiers:
  - {tier: good, when: long, train: desirable}
"""
DROP_SENSORS = (new_log_drops, new_outcome_drops, new_label_drops)


class Watched:
    """An installation whose drop sensors tick and whose requested runs are made at once."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.drops = folder / "drops"
        self.drops.mkdir()
        (folder / "rubric.yaml").write_text(RUBRIC)
        installation = Installation.at(folder / "home")
        installation.save(Settings(str(self.drops), str(folder / "rubric.yaml")))
        self.warehouse = Warehouse(home=str(installation.home))
        self.instance = instance
        self.definitions = with_resources(
            {"warehouse": self.warehouse, "judge_watch": JudgeWatch()}
        )
        self._cursors: dict[str, str | None] = {}
        self.said: list[str] = []  # why ticks asked for nothing

    def write(self, name: str, content: bytes, seconds: int = 0) -> None:
        path = self.drops / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_767_700_000 + seconds, 1_767_700_000 + seconds))

    def tick(self, sensor: dg.SensorDefinition) -> list[dg.RunRequest]:
        cursor = self._cursors.get(sensor.name)
        context = dg.build_sensor_context(instance=self.instance, cursor=cursor)
        result = sensor(context, warehouse=self.warehouse)
        assert isinstance(result, dg.SensorResult)
        self._cursors[sensor.name] = result.cursor
        if result.skip_reason:
            self.said.append(str(result.skip_reason))
        return list(result.run_requests or ())

    def tick_all(self) -> list[dg.RunRequest]:
        return [request for sensor in DROP_SENSORS for request in self.tick(sensor)]

    def run(self, request: dg.RunRequest, *, succeeds: bool = True) -> None:
        self.make(
            str(request.job_name), request.partition_key, request.asset_selection,
            request.run_config, succeeds=succeeds,
        )  # fmt: skip

    def make(
        self,
        job: str,
        day: str | None = None,
        tables: Sequence[dg.AssetKey] | None = None,
        config: Mapping[str, Any] | None = None,
        *,
        succeeds: bool = True,
    ) -> None:
        """A run of a job in this process."""
        ended = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, partition_key=day, run_config=config,
            raise_on_error=False,
            asset_selection=list(tables) if tables is not None else None,
        )  # fmt: skip
        assert ended.success == succeeds

    def settle(self) -> list[str]:
        """Tick and run until two rounds ask for nothing; what was asked for: job and day."""
        asked: list[str] = []
        quiet = 0
        while quiet < 2:
            requests = self.tick_all()
            quiet = 0 if requests else quiet + 1
            for request in requests:
                asked.append(_named(request))
                self.run(request)
        return asked


def _named(request: dg.RunRequest) -> str:
    if request.asset_selection:
        return f"land {request.asset_selection[0].to_user_string()}"
    return f"{request.job_name} {request.partition_key}"
