"""Backfills beside daily runs: the same tables, however the days came to be built.

Four homes on the same drops: built day by day as the drops came, from the command line in one
process and in four, and from the UI. Their tables are compared row by row. Not
here: what happens when something is killed on the way (faults/).
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.run.days import build_days, events_of
from last_mile.run.instance import instance_of
from last_mile.run.runs import Asked, Runs, no_progress, runs_of
from last_mile_tests.faults.command import IN_FLIGHT, must_finish, until
from last_mile_tests.faults.person import failed
from last_mile_tests.faults.services import services
from last_mile_tests.faults.tables import LEFT_OUT, Rows, differing, tables_of
from last_mile_tests.faults.world import FIRST, JUDGE, World, make_world, write_rows
from last_mile_tests.judge_server import judge_server

_POLL_S = 0.5
# Up to when outcomes were known when a day was built last: it is not built again for that once its
# horizon has passed. Which landing changed a day is told by how the drops came; whether a day waits
# is looked at by itself.
_NOT_COMPARED = {**LEFT_OUT, "outcomes": ("as_of",)}


@click.command()
@click.option("--days", default=90, show_default=True)
@click.option("--parallel", default=4, show_default=True)
def main(days: int, parallel: int) -> None:
    """Print each way's runs, and its tables beside those of the daily runs; 1 where any differ."""
    with TemporaryDirectory() as folder, judge_server() as server:
        world = make_world(Path(folder), server, [FIRST + timedelta(days=n) for n in range(days)])
        _spread_outcomes(world)
        os.environ.update(world.env)  # some runs are made in this process
        ways = {
            f"{days} daily runs": _day_by_day,
            "last-mile run --from --to": _command(days),
            f"last-mile run --from --to --parallel {parallel}": _command(days, parallel),
            "backfill from the UI": _from_the_ui,
        }
        reference = dict[str, Rows]()
        wrong = False
        for way, build in ways.items():
            home = world.folder / f"home-{len(list(world.folder.glob('home-*')))}"
            build(world, home)
            found = tables_of(home, _NOT_COMPARED)
            del found["day_changes"]
            reference = reference or found
            unlike = differing(found, reference)
            unlike |= {f"day {one.day}": "still waits" for one in _changed(home)}
            wrong = wrong or bool(unlike)
            rows = sum(table.total() for table in found.values())
            click.echo(
                f"{way:42} {_runs_of(home):4} runs, {len(found)} tables, {rows:,} rows, "
                f"{len(unlike)} differ"
            )
            for table, how in unlike.items():
                click.echo(f"  {table}: {how}")
    raise SystemExit(wrong)


def _runs_of(home: Path) -> int:
    with instance_of(Installation.at(home)) as instance:
        return instance.get_runs_count()


def _spread_outcomes(world: World) -> None:
    """One drop of outcomes a week, as exports come: each opens days of its week again."""
    (whole,) = world.drops.glob("outcomes-*")
    with whole.open(newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=_exported)
    whole.unlink()
    for day, of_week in groupby(rows, key=_exported):
        write_rows(world.drops / f"outcomes-{day}.csv", list(of_week))


def _exported(row: dict[str, str]) -> str:
    """The Sunday of the week in which it occurred."""
    day = date.fromisoformat(row["occurred_at"][:10])
    return str(day + timedelta(days=6 - day.weekday()))


def _day_by_day(world: World, home: Path) -> None:
    """Land what has come by the evening of each day, and build the days that this changed."""
    drops = world.folder / f"{home.name}-drops"
    drops.mkdir()
    installation = Installation.at(home)
    installation.save(Settings(str(drops), str(world.rubric), JUDGE, in_flight=IN_FLIGHT))
    files = sorted(world.drops.iterdir(), key=_day)
    by_day = {day: list(of_day) for day, of_day in groupby(files, _day)}
    with runs_of(installation) as runs:
        for of_day in by_day.values():
            for file in of_day:
                shutil.copy2(file, drops)
            runs.execute("land_drops")
            build_days(runs, _changed(home), no_progress)
        runs.execute("feedback_loop")
        runs.execute("release")
        _require_success(runs)


def _day(file: Path) -> str:
    """The day in a file's name; a file without one comes last."""
    return file.name.split(".")[0].rpartition("s-")[2]


def _changed(home: Path) -> list[Asked]:
    """A run for every day that waits, as the sensors request them."""
    waiting = Warehouse(home=str(home)).read("changed_days").filter(is_built=False)
    days: Sequence[date] = waiting.filter(work="day")["day"].unique().sort().to_list()
    events: Sequence[date] = waiting.filter(work="events")["day"].unique().sort().to_list()
    return [*events_of(events), *(Asked("daily", day) for day in days)]


def _require_success(runs: Runs) -> None:
    if runs.summary.failures:
        raise SystemExit(runs.summary.failures[0])


def _command(days: int, parallel: int = 1) -> Callable[[World, Path], None]:
    last = FIRST + timedelta(days=days - 1)
    span = ("--from", str(FIRST), "--to", str(last), "--parallel", str(parallel))
    return lambda world, home: must_finish(world, home, *span)


def _from_the_ui(world: World, home: Path) -> None:
    """What a person clicks: landing, a backfill of all days, evidence, release."""
    days = sorted(_day(file) for file in world.drops.glob("conversations-*"))
    with services(world, home) as served:
        person = served.person

        def launch(job: str) -> None:
            run = person.launches(job)
            until(lambda: person.sees_end_of_run(run) is not None, served.said(), poll_s=_POLL_S)

        launch("land_drops")
        backfill = person.launches_backfill("daily", days)
        until(lambda: person.sees_end_of_backfill(backfill), served.said(), 7200, _POLL_S)
        launch("feedback_loop")
        launch("release")
        if runs := failed(person.runs()):
            raise SystemExit(f"{len(runs)} runs failed\n{served.said()}")


if __name__ == "__main__":
    main()
