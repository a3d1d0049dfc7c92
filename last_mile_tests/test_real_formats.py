"""The same 100 real conversations in five formats, and raw files of systems that are no chat log.

The files stand outside the repository; nothing of them is copied here.
"""

from __future__ import annotations

import gzip
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Days, Warehouse

DAY = date(2025, 6, 1)  # for conversations without a time, which ShareGPT has not
READING = Reading(date(2026, 12, 31), default_day=DAY)
EVER = Days(date(2015, 1, 1), date(2027, 1, 1))
FILES = {
    "openai_chat": "openai_chat.jsonl.gz",
    "sharegpt": "sharegpt.json.gz",
    "turns": "turns.csv.gz",
    "langfuse": "langfuse_traces.jsonl.gz",
    "otlp": "otlp_genai.jsonl.gz",
}
Said = dict[str, list[tuple[str, str]]]


def _landed(tmp_path: Path, source: Path, name: str | None = None) -> Warehouse:
    """A warehouse with the conversations of one file, its format detected."""
    drops = tmp_path / "drops"
    drops.mkdir(parents=True)
    shutil.copyfile(source, drops / (name or source.name))
    warehouse = Warehouse(home=str(tmp_path / "home"))
    land(warehouse, drops, "conversations", READING)
    warehouse.build("conversations", EVER)
    warehouse.build("duplicate_lines", EVER)
    return warehouse


def _said(warehouse: Warehouse) -> Said:
    """Role and text of every message that has a text, by conversation."""
    rows = warehouse.read("conversations").select("conversation_id", "messages").iter_rows()
    return {
        conversation_id: [(m["role"], m["content"]) for m in messages if m["content"]]
        for conversation_id, messages in rows
    }


def _said_in(shared: Path, tmp_path: Path, name: str) -> Said:
    derived = shared / "ingest_formats/derived"
    return _said(_landed(tmp_path / name, derived / FILES[name]))


@pytest.fixture
def reference(shared: Path, tmp_path: Path) -> Said:
    """What OpenAI's chat log says: it holds every message."""
    return _said_in(shared, tmp_path / "reference", "openai_chat")


def test_the_reference_is_100_conversations(reference: Said) -> None:
    assert len(reference) == 100
    assert min(map(len, reference.values())) >= 2


@pytest.mark.parametrize("name", ["sharegpt", "turns"])
def test_logs_of_whole_conversations_say_exactly_the_same(
    shared: Path, tmp_path: Path, reference: Said, name: str
) -> None:
    assert _said_in(shared, tmp_path, name) == reference


@pytest.mark.parametrize("name", ["langfuse", "otlp"])
def test_traces_say_the_same_but_for_what_came_after_the_last_model_call(
    shared: Path, tmp_path: Path, reference: Said, name: str
) -> None:
    found = _said_in(shared, tmp_path, name)
    assert set(found) == set(reference)
    lacking = {i: said[len(found[i]) :] for i, said in reference.items() if said != found[i]}
    assert Counter(tuple(role for role, _ in rest) for rest in lacking.values()) == {
        ("user",): 20,  # they closed with a message of the user
        ("tool",): 5,  # or with what a tool answered
    }
    for conversation_id, rest in lacking.items():
        assert found[conversation_id] == reference[conversation_id][: -len(rest)]


@pytest.mark.parametrize("name", FILES)
def test_every_record_of_every_format_is_accepted_and_accounted_for(
    shared: Path, tmp_path: Path, name: str
) -> None:
    warehouse = _landed(tmp_path, shared / "ingest_formats/derived" / FILES[name])
    (file,) = warehouse.read("log_files").to_dicts()
    assert (file["status"], file["format"], file["rejected"]) == ("landed", name, 0)
    (checked,) = warehouse.read("conversations__lines_reconcile", EVER).to_dicts()
    assert checked["records_in"] == checked["records_accounted_for"] == file["records"]
    if name == "turns":  # a row is a message
        assert file["records"] > 1000
    else:
        assert file["lines"] == 100
    days = warehouse.read("conversations")["day"]
    assert days.eq(DAY).all() == (name == "sharegpt")


def _plain(packed: Path, target: Path) -> None:
    target.write_bytes(gzip.decompress(packed.read_bytes()))


def _zstd(packed: Path, target: Path) -> None:
    with pa.CompressedOutputStream(str(target), "zstd") as stream:
        stream.write(gzip.decompress(packed.read_bytes()))


@pytest.mark.parametrize(("ending", "pack"), [("", _plain), (".zst", _zstd)])
def test_plain_and_zstandard_files_give_what_gzip_gives(
    shared: Path, tmp_path: Path, reference: Said, ending: str, pack: Callable[[Path, Path], None]
) -> None:
    other = tmp_path / f"chat.jsonl{ending}"
    pack(shared / "ingest_formats/derived" / FILES["openai_chat"], other)
    assert _said(_landed(tmp_path / "other", other)) == reference


def _physical(path: Path) -> int:
    """Lines of a packed or plain file that are not its header; a JSON array is counted apart."""
    packed = path.suffix == ".gz"
    content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    return content.count(b"\n") - (".csv" in path.name)


def test_raw_files_of_other_systems_are_told_from_logs(shared: Path, tmp_path: Path) -> None:
    drops = Path(shutil.copytree(shared / "ingest_formats/real", tmp_path / "drops"))
    warehouse = Warehouse(home=str(tmp_path / "home"))
    landed = land(warehouse, drops, "conversations", READING)
    files = warehouse.read("log_files")
    assert sorted(files["file"]) == sorted(path.name for path in drops.iterdir())
    assert landed.unreadable == []
    assert set(files["status"]) <= {"landed", "ignored"}
    keystrokes = files.filter(pl.col("file").str.starts_with("coauthor"))
    assert keystrokes.height == 18
    assert set(keystrokes["status"]) == {"ignored"}
    lines = warehouse.read("conversation_logs")
    assert lines.height == files["records"].sum()
    assert lines.filter(pl.col("file").str.starts_with("coauthor")).is_empty()


def test_raw_files_named_as_logs_have_every_line_refused_with_its_reason(
    shared: Path, tmp_path: Path
) -> None:
    drops = tmp_path / "drops"
    drops.mkdir()
    for path in (shared / "ingest_formats/real").iterdir():
        shutil.copyfile(path, drops / f"conversations {path.name}")
    warehouse = Warehouse(home=str(tmp_path / "home"))
    assert land(warehouse, drops, "conversations", READING).unreadable == []
    warehouse.build("conversations", EVER)
    warehouse.build("rejected_lines", EVER)
    assert warehouse.read("conversations").is_empty()
    refused = warehouse.read("rejected_lines")
    assert set(refused["reason"]) == {"unknown_format"}
    expected = {
        path.name: 20 if "tau_bench" in path.name else _physical(path)  # 20 elements of an array
        for path in drops.iterdir()
    }
    assert dict(Counter(refused["file"])) == expected
    files = warehouse.read("log_files")
    assert dict(files.select("file", "lines").iter_rows()) == expected
