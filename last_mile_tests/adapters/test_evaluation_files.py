"""Evaluation files of every kind, and what is wrong with those that cannot be read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.evaluation_files import n_too_short, read_evaluation
from last_mile.adapters.warehouse import Warehouse
from last_mile.errors import UserError

RECORDS: list[dict[str, Any]] = [
    {
        "id": 7,
        "prompt": "Grüße, what is 2 + 2?",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Deep inside"}]},
            {"role": "assistant", "content": None},
        ],
        "ok": True,
    },
    {"id": 8, "prompt": "Deep inside", "completion": " Four.\n", "tags": ["", "--", "easy"]},
]
TEXTS = ["Grüße, what is 2 + 2?", "user", "text", "Deep inside", "assistant", " Four.\n", "easy"]


def _lines(records: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def _read(folder: Path, name: str, content: bytes) -> list[str]:
    """The texts of one file, their source and numbers checked."""
    (folder / name).write_bytes(content)
    frame = read_evaluation([folder / name])
    assert set(frame["source"]) == {name}
    assert frame["item"].to_list() == list(range(1, frame.height + 1))
    return frame["text"].to_list()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.jsonl", _lines(RECORDS)),
        ("e.ndjson", b"\xef\xbb\xbf" + _lines(RECORDS).replace(b"\n", b"\r\n\r\n")),
        ("e.jsonl.gz", gzip.compress(_lines(RECORDS), mtime=0)),
        ("E.JSON", json.dumps(RECORDS, indent=2).encode()),
        ("e.json", json.dumps({"data": RECORDS}).encode()),
        ("e.json.gz", gzip.compress(json.dumps(RECORDS).encode(), mtime=0)),
        ("e.json", json.dumps([{**RECORDS[0], "score": float("nan")}, RECORDS[1]]).encode()),
    ],
    ids=["jsonl", "BOM and CRLF", "packed lines", "json", "wrapped", "packed json", "NaN"],
)
def test_every_text_of_a_record_is_an_item_once_at_any_depth(
    name: str, content: bytes, tmp_path: Path
) -> None:
    assert _read(tmp_path, name, content) == TEXTS


def test_every_text_of_a_parquet_file_is_an_item(tmp_path: Path) -> None:
    rows = [{"id": 1, "q": "One?", "said": [{"role": "user", "content": "Two"}]}, {"id": 2}]
    pl.DataFrame(rows).write_parquet(tmp_path / "e.parquet")
    assert read_evaluation([tmp_path / "e.parquet"])["text"].to_list() == ["One?", "user", "Two"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.csv", 'question,n,answer\n"What, when?",1,"On\nMonday"\n,2,Never\n'),
        ("e.tsv", 'question\tn\tanswer\nWhat, when?\t1\t"On\nMonday"\n\t2\tNever\n'),
    ],
)
def test_every_cell_below_the_header_of_a_table_is_an_item(
    name: str, content: str, tmp_path: Path
) -> None:
    read = _read(tmp_path, name, content.encode("utf-8-sig"))
    assert read == ["What, when?", "1", "On\nMonday", "2", "Never"]


def test_every_line_of_a_text_file_is_an_item(tmp_path: Path) -> None:
    text = "Première ligne\r\n\r\n***\nSecond line\nSecond line\nlast, without an end"
    read = _read(tmp_path, "e.txt", text.encode())
    assert read == ["Première ligne", "Second line", "last, without an end"]


def test_two_files_of_one_name_are_told_apart_and_the_same_file_is_read_once(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / folder / "e.txt" for folder in ("a", "b", "c")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(f"Text of {path.parent.name}")
    frame = read_evaluation([*paths, tmp_path / "a" / ".." / "b" / "e.txt"])
    assert frame.rows() == [
        ("e.txt", 1, "Text of a"),
        ("e.txt (2)", 1, "Text of b"),
        ("e.txt (3)", 1, "Text of c"),
    ]


def test_no_file_is_no_items_and_items_fit_their_table(tmp_path: Path) -> None:
    warehouse = Warehouse(home=str(tmp_path / "home"))
    assert warehouse.replace("evaluation_texts", read_evaluation([])) == 0
    (tmp_path / "e.jsonl").write_bytes(_lines(RECORDS))
    assert warehouse.replace("evaluation_texts", read_evaluation([tmp_path / "e.jsonl"])) == 7


def test_items_too_short_to_match_are_counted_by_words_of_any_script() -> None:
    texts = [
        "One two three four five six seven",
        "One two, three-four; five six seven eight",
        "可以在星期一开",  # seven
        "我可以在星期一开",  # eight
    ]
    assert n_too_short(pl.DataFrame({"text": texts})) == 2


def test_half_a_character_in_json_does_not_stop_the_rest(tmp_path: Path) -> None:
    read = _read(tmp_path, "e.jsonl", rb'{"text": "cut \ud83d off", "other": "whole"}')
    assert read == ["cut ? off", "whole"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("e.jsonl", b'{"a": "fine"}\n{"a": "SECRET\n', "e.jsonl, line 2: not JSON"),
        ("e.jsonl", b'{"a": "fine"}\n{"a": "SECRET \xff"}\n', "e.jsonl, line 2: not JSON"),
        ("e.jsonl", b"[" * 100_000, "e.jsonl"),
        ("e.jsonl", json.dumps(RECORDS, indent=1).encode(), "name it .json"),
        ("e.json", b'[{"a": "fine"}, {"a": SECRET}]', "e.json, record 2: not JSON"),
        ("e.csv", b'a,b\nfine,"SECRET\n', "e.csv, after line 2: not a UTF-8 table"),
        ("e.csv", b"a,b\nfine,SECRET,3\n", "e.csv, line 2: 3 cells under a header of 2"),
        ("e.tsv", b"a\tb\nfine\t\xe9SECRET\n", "not a UTF-8 table"),
        ("e.txt", b"fine\nSECRET \xe9\n", "e.txt, line 2: not UTF-8"),
        ("e.txt", "SECRET".encode("utf-16"), "it holds UTF-16 text"),
        ("e.parquet", b"PAR1 SECRET PAR1", "not a readable Parquet file"),
        ("e.jsonl.gz", gzip.compress(_lines(RECORDS))[:-9], "cannot be read to its end"),
        ("e.jsonl.gz", _lines(RECORDS), "its name says gzip"),
        ("e.jsonl", b"", "without any text"),
        ("e.jsonl", b'\n{"n": 1, "mark": "?"}\n', "without any text"),
        ("e.json", b"[]", "without any text"),
        ("e.csv", b"only,a,header\n", "without any text"),
        ("e.txt", b"\n \n", "without any text"),
        ("e.txt.gz", gzip.compress(b""), "without any text"),
        ("e.xlsx", b"SECRET", "give it as one of jsonl, json, csv"),
        ("README", b"SECRET", "give it as one of jsonl, json, csv"),
    ],
    ids=range(21),
)
def test_a_file_that_cannot_be_read_says_what_where_and_the_fix_but_none_of_its_text(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=r".") as raised:
        read_evaluation([tmp_path / name])
    assert says in str(raised.value)
    assert str(tmp_path / name) in str(raised.value)
    assert "SECRET" not in str(raised.value)


def test_a_file_that_is_not_there_or_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.jsonl: .* \(No such file .*\); name it again"):
        read_evaluation([tmp_path / "none.jsonl"])
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(UserError, match=r"folder\.json: no evaluation file that can be read"):
        read_evaluation([tmp_path / "folder.json"])
