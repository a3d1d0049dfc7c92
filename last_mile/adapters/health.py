"""What is wrong with an installation right now, by its files and tables; each with its fix.

Not here: what Dagster knows (run/health.py), checks of a day's rows (core/expectation/).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl

from last_mile.adapters.backup import LAST_BACKUP
from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import lake_of
from last_mile.adapters.landing import not_landed
from last_mile.adapters.lock_holders import holders_of, is_free
from last_mile.adapters.log_drop import find_drop_files
from last_mile.adapters.warehouse import Warehouse
from last_mile.adapters.warehouse.database import LEAST_ROOM, opened
from last_mile.adapters.warehouse.drift import drift
from last_mile.core.fragments import quoted
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.money import usd

MOST_REFUSED = 0.01  # share of a kind's records
OLDEST_BACKUP = timedelta(days=7)
LONGEST_BATCH = timedelta(hours=26)  # providers promise a day
NEARLY_SPENT = 0.9  # of a month's cap
_RECENT = timedelta(days=1)
_LANDED_BY = timedelta(hours=1)  # after it was written
_ROOM = 1.1  # of the database file: what a backup or an erasure takes
_LOCK_PATIENCE_S = 10.0
_MAKE_ROOM = "make room; `as_of/` and `exports/` in the home can be made again"
_LEFT = {
    "run_cap": "the next `last-mile run` goes on, up to the cap again; raise it with --cap-usd",
    "month_cap": "`last-mile run --month-cap-usd` raises the cap; else wait for the next month",
    "unanswered": "`last-mile judge status` shows why; `last-mile run` asks again",
    "stopped": "`last-mile judge status` shows why; `last-mile run` goes on",
}


class Finding(NamedTuple):
    """What is wrong, and what to do."""

    what: str
    fix: str
    blocks: bool = False  # the tables cannot be read before it is mended


@dataclass(frozen=True, slots=True)
class Patient:
    """An installation at a moment (UTC, without zone)."""

    installation: Installation
    now: datetime

    @property
    def warehouse(self) -> Warehouse:
        """Its tables."""
        return Warehouse(home=str(self.installation.home))


def settings(patient: Patient) -> Iterator[Finding]:
    """Settings, rubric and drop folder can be read; raises what is wrong with them."""
    patient.installation.rubric()
    find_drop_files(Path(patient.installation.settings().drops))
    yield from ()


def disk(patient: Patient) -> Iterator[Finding]:
    """There is room to write the database file once more."""
    if lake_of(patient.installation.home):
        return
    free = shutil.disk_usage(patient.installation.home).free
    needed = patient.installation.warehouse.stat().st_size * _ROOM
    if free < LEAST_ROOM:
        yield Finding(
            f"{free >> 20:,} MiB are free at {patient.installation.home}; with less than "
            f"{LEAST_ROOM >> 20} nothing is written there",
            _MAKE_ROOM,
        )
    elif free < needed:
        yield Finding(
            f"{free / 1e9:.1f} GB are free at {patient.installation.home}; erasing a user takes "
            f"{needed / 1e9:.1f} GB there",
            _MAKE_ROOM,
        )


def database(patient: Patient) -> Iterator[Finding]:
    """No process keeps the others waiting for the database."""
    if lake_of(patient.installation.home):
        return  # nobody holds a lake
    path = patient.installation.warehouse
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while not is_free(path.with_suffix(".duckdb.lock")):
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    else:
        return
    yield Finding(
        f"{path.name} has been held for {_LOCK_PATIENCE_S:.0f} s by {holders_of(path)}",
        "wait; a landing or a large day may take minutes. A process that hangs: kill its pid",
        blocks=True,
    )


def tables(patient: Patient) -> Iterator[Finding]:
    """The tables are those of sql/."""
    if lake_of(patient.installation.home):
        patient.warehouse.read("log_files")  # attaching it compares them, and says what differs
        return
    with opened(patient.installation.warehouse, as_found=True) as connection:
        found = drift(connection)
    for one in found:
        yield Finding(
            f"table {one.table} {one.said}", one.fix, one.stops and not one.what.startswith("miss")
        )


def files(patient: Patient) -> Iterator[Finding]:
    """Every drop file was landed and could be read."""
    broken = patient.warehouse.read("log_files").filter(status="unreadable")
    for name, error in broken.select("file", "error").iter_rows():
        yield Finding(f"{name}: {error}", "put a whole file in its place, then `last-mile run`")
    until_ns = (patient.now - _LANDED_BY).replace(tzinfo=UTC).timestamp() * 1e9
    folder = Path(patient.installation.settings().drops)
    there = find_drop_files(folder) if folder.is_dir() else []
    missing = [f for f in not_landed(patient.warehouse, there) if f.modified_ns < until_ns]
    if missing:
        yield Finding(
            f"{len(missing):,} drop files of over an hour ago are not landed, e.g. "
            f"{missing[0].name}",
            "in the UI, ticks of the sensors and failed runs of `land_drops` say why; "
            "`last-mile run` lands them",
        )


def refused(patient: Patient) -> Iterator[Finding]:
    """Few records are refused."""
    landed = patient.warehouse.read("log_files").filter(status="landed")
    reasons = patient.warehouse.read("rejected_summary")
    for kind, records, n in landed.group_by("kind").agg("records", "rejected").iter_rows():
        share = sum(n) / max(sum(records), 1)
        if share > MOST_REFUSED:
            first = reasons.filter(kind=kind).row(0, named=True)
            yield Finding(
                f"{sum(n):,} of {sum(records):,} records of {kind} are refused ({share:.1%}), "
                f"{first['n_lines']:,} for {first['reason']}",
                f"`last-mile rejected --reason {first['reason']}` names them; mend the logs or "
                "`last-mile replay --format …`",
            )


def journal(patient: Patient) -> Iterator[Finding]:
    """No killed run left answers outside of the tables."""
    folder = patient.installation.home / "judge" / "journal"
    left = list(folder.glob("*.jsonl"))
    left += [path for path in folder.glob("*.open") if is_free(path)]
    if left:
        yield Finding(
            f"{len(left):,} segment(s) of a killed run's answers are not in the tables yet",
            "any `last-mile run` that judges takes them in; nothing is paid twice",
        )


def in_doubt(patient: Patient) -> Iterator[Finding]:
    """No call of the last day went without a whole answer."""
    calls = patient.warehouse.read("judge_calls").filter(
        pl.col("sent_at") >= patient.now - _RECENT, result="in_doubt"
    )
    if not calls.is_empty():
        yield Finding(
            f"{calls.height:,} call(s) since yesterday are in doubt and count as paid, "
            f"${usd(int(calls['cost_nano'].sum())):,.2f}",
            "compare with the provider's bill; their questions are asked again by themselves",
        )


def batches(patient: Patient) -> Iterator[Finding]:
    """No batch waits longer than a provider promises."""
    waiting = patient.warehouse.read("open_batches")
    late = waiting.filter(pl.col("submitted_at") < patient.now - LONGEST_BATCH)
    for row in late.iter_rows(named=True):
        yield Finding(
            f"a batch of {row['n_calls']:,} calls is {row['status'] or row['state']} since "
            f"{row['submitted_at']:%Y-%m-%d %H:%M} UTC",
            "`last-mile judge collect`, or start the sensor `finished_batches`",
        )


def spending(patient: Patient) -> Iterator[Finding]:
    """The month's cap is not nearly spent, and no conversation waits for an answer."""
    held = patient.installation.settings()
    month = quoted(f"{patient.now:%Y-%m}")
    spent = patient.warehouse.read("judge_spent", fragments={"run": quoted(""), "month": month})
    cap, dollars = held.month_cap_usd, usd(spent["month_nano"].item())
    if cap is not None and dollars >= NEARLY_SPENT * cap:
        yield Finding(
            f"${dollars:,.2f} of the month's ${cap:,.2f} are spent or in flight",
            "`last-mile judge plan` says what is left to ask; raise it with --month-cap-usd",
        )
    epoch = epoch_of(patient.installation.rubric(), held.judge)
    left = patient.warehouse.read("judge_left", fragments={"epoch": quoted(epoch)})
    for reason, n, first, last in left.iter_rows():
        if reason in _LEFT:
            yield Finding(
                f"{n:,} conversations of {first} to {last} lack an answer: {reason}", _LEFT[reason]
            )


def backup(patient: Patient) -> Iterator[Finding]:
    """There is a backup, and it is young."""
    if patient.installation.settings().demo:
        return
    fix = "`last-mile backup --to FOLDER --keep 14`, best every night"
    try:
        noted = json.loads((patient.installation.home / LAST_BACKUP).read_text("utf-8"))
        made_at = datetime.fromisoformat(noted["made_at"]).replace(tzinfo=None)
    except (OSError, ValueError, KeyError):
        yield Finding("no backup of this home was made", fix)
        return
    if patient.now - made_at > OLDEST_BACKUP:
        yield Finding(f"the last backup is of {made_at:%Y-%m-%d %H:%M} UTC", fix)
