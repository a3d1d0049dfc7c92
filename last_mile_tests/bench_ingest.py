"""Times landing against two references measured in the same run, each in a process of its own.

`make bench-ingest`. Not a test: it asserts nothing. The references are DuckDB's own
`read_json(ignore_errors)` into a table (the floor: it loses bad lines and their bytes) and the loop
people write (`json.loads` and a Pydantic model per line, one process, batches into a table).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
import duckdb
import psutil
import pyarrow as pa
from isal import igzip
from pydantic import BaseModel, ValidationError

_COLUMNS = """{
    conversation_id: 'varchar', user_id: 'varchar', model: 'varchar', started_at: 'timestamp',
    messages: 'struct(role varchar, content varchar)[]',
    context: 'struct(doc_id varchar, text varchar)[]',
    final_output: 'varchar', category: 'varchar', attributes: 'json'
}"""
_BAD_EVERY = 1000  # 0.1 %
_SAMPLED_S = 0.25
_KNOWN_FILES = 10_000


class Used(NamedTuple):
    """What a process and its children used."""

    wall_s: float
    cpu_s: float
    peak_mb: float  # of all of them together, proportional share of common pages
    printed: str


def main() -> None:
    """Generate both sets, run every contender on each and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000_000, help="conversations of 1.5 KB")
    parser.add_argument("--large", type=int, default=200_000, help="conversations of 8 KB")
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("contender", nargs="?", choices=sorted(_CONTENDERS))
    parser.add_argument("paths", nargs="*", type=Path)
    options = parser.parse_args()
    if options.contender:
        _CONTENDERS[options.contender](*options.paths)
        return
    for count, size in ((options.small, 1500), (options.large, 8000)):
        with tempfile.TemporaryDirectory() as folder:
            _compare(Path(folder), count, size, options.files)
    with tempfile.TemporaryDirectory() as folder:
        _tick(Path(folder))


def _compare(folder: Path, count: int, size: int, files: int) -> None:
    raw_bytes = _generate(folder / "drops", count, size, files)
    click.echo(f"{count:,} conversations, {raw_bytes / 1e9:.2f} GB of JSON lines in {files} .gz")
    used = {name: _measure(name, folder) for name in ("floor", "loop", "landing")}
    for name, one in used.items():
        click.echo(
            f"  {name:<8} {count / one.wall_s:>9,.0f} rows/s {raw_bytes / 1e6 / one.wall_s:>7,.0f} "
            f"MB/s {one.wall_s:>7.1f} s wall {one.cpu_s / (raw_bytes / 1e9):>6.1f} CPU-s/GB "
            f"{one.peak_mb:>6,.0f} MB peak   {one.printed}"
        )
    floor, loop, ours = used["floor"], used["loop"], used["landing"]
    click.echo(f"  landing / floor, CPU:  {ours.cpu_s / floor.cpu_s:.2f}")
    click.echo(f"  loop / landing, wall:  {loop.wall_s / ours.wall_s:.2f}")


def _measure(contender: str, folder: Path) -> Used:
    """Run a contender and watch it and its children."""
    home = folder / contender
    home.mkdir()
    paths = (str(folder / "drops"), str(home))
    command = [sys.executable, "-m", "last_mile_tests.bench_ingest", contender, *paths]
    before, started = psutil.Process().cpu_times(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched, peak = psutil.Process(process.pid), 0.0
    while process.poll() is None:
        peak = max(peak, _memory_mb(watched))
        time.sleep(_SAMPLED_S)
    wall, after = time.perf_counter() - started, psutil.Process().cpu_times()
    cpu = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    printed = process.stdout.read().strip() if process.stdout else ""
    return Used(wall, cpu, peak, printed)


def _memory_mb(process: psutil.Process) -> float:
    total = 0
    try:
        for one in [process, *process.children(recursive=True)]:
            total += one.memory_full_info().pss
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # ended between two looks
        pass
    return total / 2**20


def _generate(folder: Path, count: int, size: int, files: int) -> int:
    """Write gzip JSON lines of made-up conversations; returns their size unpacked."""
    dice = random.Random(1)
    words = ["".join(dice.choices("etaoinshrdlu", k=dice.randint(2, 9))) for _ in range(20_000)]
    text = " ".join(dice.choices(words, k=2_000_000))
    folder.mkdir()
    total = 0
    for number in range(files):
        with igzip.open(folder / f"conversations-{number}.jsonl.gz", "wb", compresslevel=1) as out:
            for line in _lines(dice, text, range(number, count, files), size):
                total += len(line)
                out.write(line)
    return total


def _lines(dice: random.Random, text: str, numbers: range, size: int) -> Iterator[bytes]:
    for number in numbers:
        turns = dice.choice((2, 4, 4, 6))
        share = max(40, (size - 420) // (turns + 2))
        starts = [dice.randrange(len(text) - share) for _ in range(turns + 2)]
        said = [text[start : start + share] for start in starts]
        roles = ("user", "assistant")
        line = json.dumps(
            {
                "conversation_id": f"c{number:08d}",
                "user_id": f"u{number % 5003}",
                "model": "m-1",
                "started_at": f"2026-01-{1 + number % 28:02d}T10:{number % 60:02d}:00Z",
                "messages": [{"role": roles[i % 2], "content": said[i]} for i in range(turns)],
                "context": [{"doc_id": "job", "text": said[-2]}],
                "final_output": said[-1],
                "category": "writing",
                "attributes": {"plan": "pro", "turns": turns},
            }
        ).encode()
        yield (line[:-40] if number % _BAD_EVERY == 0 else line) + b"\n"


def _floor(drops: Path, home: Path) -> None:
    with duckdb.connect(str(home / "floor.duckdb")) as connection:
        connection.execute(
            f"create table t as from read_json('{drops}/*.gz', format = 'newline_delimited', "
            f"ignore_errors = true, columns = {_COLUMNS})"
        )
        row = connection.execute("select count(*), count(conversation_id) from t").fetchone()
    click.echo(f"{row[0]:,} rows, {row[0] - row[1]:,} of them all null" if row else "")


class _Message(BaseModel):
    role: str
    content: str | None = None


class _Document(BaseModel):
    doc_id: str | None = None
    text: str


class _Conversation(BaseModel):
    conversation_id: str
    user_id: str | None = None
    model: str | None = None
    started_at: datetime
    messages: list[_Message]
    context: list[_Document] = []
    final_output: str | None = None
    category: str | None = None
    attributes: dict[str, Any] = {}


def _loop(drops: Path, home: Path) -> None:
    taken = lost = 0
    rows: list[dict[str, Any]] = []
    with duckdb.connect(str(home / "loop.duckdb")) as connection:
        connection.execute(
            "create table t (conversation_id varchar, user_id varchar, model varchar, "
            "started_at timestamp, messages struct(role varchar, content varchar)[], "
            "context struct(doc_id varchar, text varchar)[], final_output varchar, "
            "category varchar, attributes varchar)"
        )
        for file in sorted(drops.glob("*.gz")):
            with gzip.open(file) as stream:
                for line in stream:
                    try:
                        found = _Conversation(**json.loads(line))
                    except (ValueError, ValidationError):
                        lost += 1
                        continue
                    row = found.model_dump()
                    row["attributes"] = json.dumps(row["attributes"])
                    row["started_at"] = found.started_at.astimezone(UTC).replace(tzinfo=None)
                    rows.append(row)
                    if len(rows) == 10_000:
                        taken += _insert(connection, rows)
                        rows = []
        taken += _insert(connection, rows)
    click.echo(f"{taken:,} rows, {lost:,} lines lost")


def _insert(connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> int:
    if rows:
        connection.register("batch", pa.Table.from_pylist(rows))
        connection.execute("insert into t by name from batch")
        connection.unregister("batch")
    return len(rows)


def _landing(drops: Path, home: Path) -> None:
    from last_mile.adapters.drop_reading import Reading  # noqa: PLC0415 - not in the others' time
    from last_mile.adapters.landing import land  # noqa: PLC0415
    from last_mile.adapters.warehouse import Warehouse  # noqa: PLC0415

    reading = Reading(last_day=datetime.now(UTC).date())
    landed = land(Warehouse(home=str(home)), drops, "conversations", reading)
    click.echo(f"{landed.lines - landed.rejected:,} rows, {landed.rejected:,} lines kept refused")


def _tick(folder: Path) -> None:
    """One tick of the sensor over known and landed files, none of them new."""
    import dagster as dg  # noqa: PLC0415 - not in the others' time

    from last_mile.adapters.installation import Installation, Settings  # noqa: PLC0415
    from last_mile.adapters.landing import land  # noqa: PLC0415
    from last_mile.adapters.warehouse import Warehouse  # noqa: PLC0415
    from last_mile.defs.sensors import new_log_drops  # noqa: PLC0415

    drops = folder / "drops"
    drops.mkdir()
    row = {"started_at": "2026-01-05T10:00:00Z", "messages": [{"role": "user", "content": "hi"}]}
    for number in range(_KNOWN_FILES):
        line = json.dumps({"conversation_id": f"c{number}", **row})
        (drops / f"conversations-{number}.jsonl").write_text(line + "\n")
    installation = Installation.at(folder / "home")
    installation.save(Settings(str(drops)))
    warehouse = Warehouse(home=str(installation.home))
    reading = installation.settings().reading(datetime.now(UTC).date())
    started = time.perf_counter()
    landed = land(warehouse, drops, "conversations", reading)
    click.echo(f"landing {landed.files:,} small files: {time.perf_counter() - started:.1f} s")
    cursor = None
    with dg.DagsterInstance.ephemeral() as instance:
        for tick in range(4):
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            started = time.perf_counter()
            result = new_log_drops(context, warehouse=warehouse)
            seconds = time.perf_counter() - started
            assert isinstance(result, dg.SensorResult)
            cursor, asked = result.cursor, len(result.run_requests or ())
            click.echo(f"sensor tick {tick + 1} over them: {seconds:.2f} s, {asked} run requests")


_CONTENDERS: dict[str, Callable[[Path, Path], None]] = {
    "floor": _floor, "loop": _loop, "landing": _landing,
}  # fmt: skip

if __name__ == "__main__":
    main()
