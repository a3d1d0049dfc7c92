"""Nothing is built any more: after two days the UI calls the last tables stale."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.test_utils import freeze_time

from last_mile.adapters.installation import Installation
from last_mile.run.instance import instance_of
from last_mile_tests.faults.command import until
from last_mile_tests.faults.services import services
from last_mile_tests.faults.world import World

LAST = ("metric_lift", "report")
TWO_DAYS, SOON = timedelta(days=2), timedelta(seconds=90)
_PATIENCE_S = 240.0
_OFTEN = {"FRESHNESS_DAEMON_INTERVAL_SECONDS": "2"}  # Dagster's own is 30


@pytest.mark.faults
def test_the_last_tables_turn_stale_two_days_after_they_were_made(small_world: World) -> None:
    world = replace(small_world, variables={**small_world.variables, **_OFTEN})
    home = world.folder / "home"
    with services(world, home) as served, instance_of(Installation.at(home)) as instance:

        def make(moment: datetime) -> None:
            with freeze_time(moment):  # what Dagster notes of a table that was made then
                for table in LAST:
                    instance.report_runless_asset_event(dg.AssetMaterialization(table))

        def await_all(status: str) -> None:
            until(
                lambda: {served.person.sees_freshness(table) for table in LAST} == {status},
                f"not {status}\n{served.said()}", _PATIENCE_S,
            )  # fmt: skip

        make(datetime.now(UTC) - TWO_DAYS + SOON)
        await_all("HEALTHY")
        await_all("DEGRADED")
        make(datetime.now(UTC))
        await_all("HEALTHY")
