"""Properties of reading: whatever the bytes, every physical record ends in exactly one place.

Not here: which reason a bad line has (adapters/test_bad_input.py).
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from last_mile.adapters.drop_reading import FileRead, Reading
from last_mile.adapters.drop_reading.lines import BOM, lines
from last_mile.adapters.drop_reading.staging import stage
from last_mile.adapters.landing import land
from last_mile.adapters.log_drop import DropFile, Kind, find_drop_files
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.expectation.history import LANDING_CHECKS
from last_mile.core.formats import FORMATS
from last_mile_tests.scenario import LAST_DAY, conversation, label, outcome

EVER = Days(date(2015, 1, 1), date(2100, 1, 1))
NAMES: tuple[Kind, ...] = ("conversations", "outcomes", "labels")
GOOD = tuple(json.dumps(row).encode() for row in (conversation("c1"), outcome("c1"), label("c1")))
CSV = b"conversation_id,role,content,outcome,metric,value\nc1,user,Hi,hired,robotic,1\n"
quick = settings(max_examples=40, deadline=None)
slow = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _cut(line: bytes, at: int, put: bytes) -> bytes:
    return line[: at % len(line)] + put + line[(at + len(put)) % len(line) :]


DAMAGED = st.builds(_cut, st.sampled_from(GOOD), st.integers(0, 400), st.binary(max_size=4))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)
LINE = st.one_of(
    st.sampled_from((*GOOD, b"", b"  ", b"{}", b"[]", b"null")),
    DAMAGED,
    st.binary(max_size=20),
    VALUES.map(lambda value: json.dumps(value).encode()),
)  # fmt: skip
CONTENT = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda bom, held, ends, cut: (
            bom + b"".join(a + b for a, b in zip(held, ends, strict=False))
        )[cut:],
        st.sampled_from([b"", b"", BOM, BOM + BOM]),
        st.lists(LINE, max_size=8),
        st.lists(st.sampled_from([b"\n", b"\n", b"\r\n", b"\r", b""]), min_size=8, max_size=8),
        st.sampled_from([0, 0, 0, 1, 3]),
    ),
    st.builds(lambda held: CSV + b"\n".join(held), st.lists(LINE, max_size=4)),
)
FORMAT = st.sampled_from([None, *FORMATS])


@contextmanager
def _drop(name: str, content: bytes) -> Iterator[tuple[Path, DropFile]]:
    """A drop folder with this file, and one more conversation log that makes it a drop."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "drops"
        folder.mkdir()
        (folder / "conversations-beside.jsonl").write_bytes(GOOD[0])
        packed = gzip.compress(content, 1) if name.endswith(".gz") else content
        (folder / name).write_bytes(packed)
        yield Path(home), next(file for file in find_drop_files(folder) if file.name == name)


def _staged(home: Path, file: DropFile, **how: Any) -> tuple[FileRead, pl.DataFrame]:
    """What came of the file, and its rows."""
    reading = Reading(last_day=LAST_DAY, default_day=date(2026, 1, 5), **how)
    (read,) = stage([file], reading, home / "rows.parquet")
    return read, pl.read_parquet(home / "rows.parquet")


def _physical_lines(content: bytes) -> list[bytes]:
    found = content.split(b"\n")
    return found if found[-1] else found[:-1]


def _check(content: bytes, read: FileRead, rows: pl.DataFrame, between: bytes) -> None:
    """The rows are what was read, in order, and between them there is only punctuation."""
    assert read.status in {"landed", "ignored", "unreadable"}
    assert (read.error is not None) == (read.status == "unreadable")
    if read.status != "landed":
        assert (read.lines, read.records) == (0, 0)
        return
    assert rows["line"].n_unique() == read.lines
    assert rows.select("line", "part").n_unique() == rows.height == read.records
    assert rows["reject_reason"].count() == read.rejected == rows["raw"].count()
    end = 0
    places = rows.sort("line", "part").unique("line", keep="first", maintain_order=True)
    for offset, size in places.select("byte_offset", "n_bytes").iter_rows():
        assert end <= offset
        assert not content[end:offset].strip(between)
        end = offset + size
    assert not content[end:].strip(between)
    for offset, size, raw in (
        rows.drop_nulls("raw").select("byte_offset", "n_bytes", "raw").iter_rows()
    ):
        assert content[offset : offset + size] == raw


@pytest.mark.parametrize("kind", NAMES)
@given(content=CONTENT, packed=st.booleans(), format_name=FORMAT, redacts=st.booleans())
@quick
def test_every_line_of_any_bytes_is_read_once(
    kind: str, content: bytes, packed: bool, format_name: str | None, redacts: bool
) -> None:
    name = f"{kind}.jsonl" + ".gz" * packed
    with _drop(name, content) as (home, file):
        read, rows = _staged(home, file, format_name=format_name)
        if read.status == "landed":
            assert read.lines == len(_physical_lines(content))
        # one line in parts keeps the bytes of each part: only whole lines are compared
        whole = format_name not in {"otlp", "langfuse", None}
        _check(
            content, read, rows if whole else rows.with_columns(raw=_one_part(rows)), BOM + b"\r\n"
        )
        if redacts:
            again, _ = _staged(home, file, format_name=format_name, redacts=True, salt=b"x")
            assert (again.lines, again.refused) == (read.lines, read.refused)


def _one_part(rows: pl.DataFrame) -> pl.Series:
    """Raw bytes of refused lines that are one part; the others are re-encoded parts."""
    alone = rows.select(pl.len().over("line") == 1).to_series()
    kept = zip(rows["raw"], alone, strict=True)
    return pl.Series([raw if is_alone else None for raw, is_alone in kept], dtype=pl.Binary)


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    ("ending", "between"), [("json", BOM + b" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f[],"), ("csv", None)]
)
@given(content=CONTENT, packed=st.booleans())
@quick
def test_every_element_or_row_of_any_bytes_is_read_once(
    kind: str, ending: str, between: bytes | None, content: bytes, packed: bool
) -> None:
    name = f"{kind}.{ending}" + ".gz" * packed
    with _drop(name, content) as (home, file):
        read, rows = _staged(home, file)
        if between is not None:
            _check(content, read, rows, between)
        elif rows.height:
            header = rows["byte_offset"].to_list()[0]
            assert content[header - 1 : header] in {b"\n", b"\r"}
            begin = rows.with_columns(pl.col("byte_offset") - header)
            _check(content[header:], read, begin, b"\r\n")


@given(content=CONTENT, sizes=st.lists(st.integers(1, 9), min_size=1), limit=st.integers(1, 60))
@settings(max_examples=200, deadline=None)
def test_lines_do_not_depend_on_where_blocks_end_and_their_places_are_theirs(
    content: bytes, sizes: list[int], limit: int
) -> None:
    blocks: list[bytes] = []
    at = 0
    while at < len(content):
        size = sizes[len(blocks) % len(sizes)]
        blocks.append(content[at : at + size])
        at += size
    found = list(lines(blocks, limit))
    assert found == list(lines([content] if content else [], limit))
    assert [record.line for record in found] == list(range(1, len(found) + 1))
    assert len(found) == len(_physical_lines(content))
    for record, physical in zip(found, _physical_lines(content), strict=True):
        assert record.offset is not None
        assert content[record.offset :][: record.size] == record.raw  # all under 64 KiB
        alone = physical.removeprefix(BOM) if record.line == 1 else physical
        assert record.raw == alone.removesuffix(b"\r")


@given(
    content=CONTENT, name=st.sampled_from(["a.jsonl", "conversations.jsonl.gz", "b.json", "c.csv"])
)
@slow
def test_the_warehouse_reconciles_whatever_was_landed(content: bytes, name: str) -> None:
    with _drop(name, content) as (home, file):
        (home / "drops" / "outcomes.jsonl").write_bytes(content)
        (home / "drops" / "labels.csv").write_bytes(content)
        warehouse = Warehouse(home=str(home / "home"))
        reading = Reading(last_day=LAST_DAY, default_day=date(2026, 1, 5))
        for kind in NAMES:
            land(warehouse, home / "drops", kind, reading)
        for table in ("conversations", "duplicate_lines", "rejected_lines"):
            warehouse.build(table, EVER)
        files = warehouse.read("log_files")
        assert set(files["file"]) == {p.name for p in (home / "drops").iterdir()}
        for check in LANDING_CHECKS:
            rows = warehouse.read(check.query, fragments=check.fragments)
            for row in rows.iter_rows(named=True):
                assert row["lines_read"] == row["lines_landed"]
                counts = {row[n] for n in row if n.startswith(("records", "places"))}
                assert len(counts) == 1
        ended = warehouse.read("conversations__lines_reconcile", EVER)
        assert ended["records_in"].equals(ended["records_accounted_for"])
        logs = files.filter(kind="conversations")
        assert ended["records_in"].sum() == logs["records"].sum()
        refused = warehouse.read("rejected_lines")
        assert refused.height == files["rejected"].sum()
        assert file.name in set(files["file"])
