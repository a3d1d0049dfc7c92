"""Very large lines and very many files: exact sizes, bounded memory, nothing lost around them.

Not here: files that are bad as a whole (test_bad_files.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from isal import igzip

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.landing import Landed, land
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.scenario import LAST_DAY, conversation, json_lines

MEGABYTE = 1 << 20
GOOD = json_lines([conversation("c1"), conversation("c2")])
READ_IN_A_CHILD = """
import resource, sys
from pathlib import Path
from last_mile.adapters.drop_reading import Reading, inspect
from last_mile.adapters.log_drop import find_drop_files
from last_mile_tests.scenario import LAST_DAY
small, large = find_drop_files(Path(sys.argv[1]))
reading = Reading(last_day=LAST_DAY, max_line_bytes=1 << 20)
inspect(small, reading)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read = inspect(large, reading)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(read.lines, dict(read.refused), (after - before) >> 10)  # KB to MB
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path / "home"))


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    (tmp_path / "drops").mkdir()
    return tmp_path / "drops"


def _land(warehouse: Warehouse, drops: Path, **how: Any) -> Landed:
    return land(warehouse, drops, "conversations", Reading(last_day=LAST_DAY, **how))


def _logs(warehouse: Warehouse) -> pl.DataFrame:
    return warehouse.read("conversation_logs").sort("file", "line")


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_of_64_mb_is_refused_by_its_size_and_the_lines_around_it_are_accepted(
    end: bytes, warehouse: Warehouse, drops: Path
) -> None:
    before, after = (json_lines([conversation(i)]).strip() for i in ("before", "after"))
    large = json.dumps(conversation("large", note="")).encode()[:-2]
    large += b"x" * (64 * MEGABYTE - len(large) - 2) + b'"}'
    (drops / "conversations.jsonl.gz").write_bytes(
        igzip.compress(end.join([before, large, after]), compresslevel=1)
    )
    _land(warehouse, drops)
    logs = _logs(warehouse)
    assert logs["conversation_id"].to_list() == ["before", None, "after"]
    row = logs.row(1, named=True)
    assert row["reject_reason"] == "too_large"
    assert row["n_bytes"] == 64 * MEGABYTE
    assert row["byte_offset"] == len(before) + len(end)
    assert row["raw"] == large[: 64 << 10]


@pytest.mark.parametrize("limit", [400, 100_000])
@pytest.mark.parametrize("over", [0, 1])
def test_the_limit_of_a_line_is_exact(
    limit: int, over: int, warehouse: Warehouse, drops: Path
) -> None:
    line = json.dumps(conversation("large", note="NOTE"))
    line = line.replace("NOTE", "x" * (limit + over + 4 - len(line)))
    (drops / "conversations.jsonl").write_text(f"{line}\n")
    _land(warehouse, drops, max_line_bytes=limit)
    found = _logs(warehouse).select("n_bytes", "reject_reason", "raw").row(0)
    kept = line.encode()[: 64 << 10]
    assert found == (limit + over, *(("too_large", kept) if over else (None, None)))


def test_a_carriage_return_where_the_kept_part_of_a_large_line_ends_belongs_to_it(
    warehouse: Warehouse, drops: Path
) -> None:
    line = b"x" * ((64 << 10) - 1) + b"\r" + b"y" * (3 * MEGABYTE)
    (drops / "conversations.jsonl").write_bytes(line + b"\n" + GOOD)
    _land(warehouse, drops, max_line_bytes=MEGABYTE)
    row = _logs(warehouse).row(0, named=True)
    assert (row["n_bytes"], row["raw"]) == (len(line), line[: 64 << 10])


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_memory_to_read_a_line_is_bounded_by_the_limit_and_not_by_the_line(
    ending: str, drops: Path
) -> None:
    content = b'{"conversation_id": "' + b"x" * (64 * MEGABYTE) + b'"}\n' + GOOD
    packed = igzip.compress(content, compresslevel=1) if ending else content
    (drops / "a.jsonl").write_bytes(GOOD)
    (drops / f"b.jsonl{ending}").write_bytes(packed)
    command = [sys.executable, "-c", READ_IN_A_CHILD, str(drops)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *found, grown = done.stdout.split(" ")
    assert " ".join(found) == "3 {'too_large': 1}"
    assert int(grown) < 40


def test_a_directory_of_ten_thousand_small_files_is_landed_whole(
    warehouse: Warehouse, drops: Path
) -> None:
    line = json_lines([conversation("NUMBER")])
    for number in range(10_000):
        folder = drops / f"{number % 10}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.jsonl").write_bytes(line.replace(b"NUMBER", b"%d" % number))
    landed = _land(warehouse, drops)
    assert (landed.files, landed.lines, landed.rejected) == (10_000, 10_000, 0)
    assert warehouse.read("log_files").height == 10_000
    ids = warehouse.read("conversation_logs")["conversation_id"].cast(pl.Int64)
    assert ids.sort().to_list() == list(range(10_000))
    logs = {"logs": "conversation_logs", "kind": "conversations"}
    balance = warehouse.read("logs__lines_reconcile", fragments=logs)
    assert balance.drop("file").unique().rows() == [(1, 1, 1, 1, 1, 1)]
    assert balance.height == 10_000
    assert _land(warehouse, drops).unchanged == 10_000
