"""Lines and array elements of a file: each once, with its place and its raw bytes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from last_mile.adapters.drop_reading.containers import records
from last_mile.adapters.drop_reading.lines import Record, lines
from last_mile_tests.scenario import READING, drop_file

HEADER = b"conversation_id,outcome,value,note\n"
LIMIT = 70_000  # bytes: a little more than is kept of a record over the limit
KEPT = 65_536
BOM = b"\xef\xbb\xbf"


def _records(tmp_path: Path, content: bytes, name: str) -> list[Record]:
    file = drop_file(tmp_path / "drops", name, content)
    return list(records(file, READING.max_line_bytes))


def _numbered(found: list[Record]) -> list[tuple[int, bytes]]:
    return [(record.line, record.raw) for record in found]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", []),
        (b"\n", [(1, b"")]),
        (b"a", [(1, b"a")]),
        (b"a\n\nb\n", [(1, b"a"), (2, b""), (3, b"b")]),
        (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
        (b"a\r\r\nb", [(1, b"a\r"), (2, b"b")]),
        (BOM + b"a\nb\n", [(1, b"a"), (2, b"b")]),
        (b"a\n" + BOM + b"b\n", [(1, b"a"), (2, BOM + b"b")]),  # only a file's first BOM
        (b"a\x0bb\x0cc\xe2\x80\xa8d\n", [(1, b"a\x0bb\x0cc\xe2\x80\xa8d")]),  # no line ends
        (b"\xff\x00\n", [(1, b"\xff\x00")]),
    ],
)
def test_physical_lines_are_numbered_and_lose_only_their_end_and_a_bom(
    tmp_path: Path, content: bytes, found: list[tuple[int, bytes]]
) -> None:
    assert _numbered(_records(tmp_path, content, "conversations.jsonl")) == found


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"\n", b"\r", b"a", b"bc", BOM]), max_size=12), st.data())
def test_lines_are_the_same_wherever_a_block_ends(pieces: list[bytes], data: st.DataObject) -> None:
    content = b"".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=4).map(sorted))
    ends = [*cuts, len(content)]
    blocks = [content[a:b] for a, b in zip([0, *cuts], ends, strict=True) if a < b]
    found = list(lines(blocks, LIMIT))
    assert found == list(lines([content], LIMIT))
    *ended, last = content.split(b"\n")
    physical = [*ended, last] if last else ended
    assert [line.size for line in found] == [len(line.raw) for line in found]
    bare = [line.removeprefix(BOM) if i == 0 else line for i, line in enumerate(physical)]
    assert [line.raw for line in found] == [line.removesuffix(b"\r") for line in bare]


def _long_lines(size: int, end: bytes) -> Iterator[bytes]:
    """A short line, one of `size` bytes and a short one, in blocks of 1000 bytes."""
    content = b"a\n" + b"x" * size + end + b"b\n"
    return (content[at : at + 1000] for at in range(0, len(content), 1000))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_of_the_limit_is_whole(end: bytes) -> None:
    _, line, last = lines(_long_lines(LIMIT, end), LIMIT)
    assert (line.size, line.raw) == (LIMIT, b"x" * LIMIT)
    assert (last.line, last.offset, last.raw) == (3, 2 + LIMIT + len(end), b"b")


def test_of_a_line_over_the_limit_the_beginning_is_kept_and_its_size() -> None:
    for size in (LIMIT + 1, 3 * LIMIT):
        _, line, last = lines(_long_lines(size, b"\n"), LIMIT)
        assert line == Record(2, 2, b"x" * KEPT, size)
        assert last == Record(3, 2 + size + 1, b"b", 1)


def test_a_line_over_the_limit_that_has_no_end_is_kept_too() -> None:
    assert list(lines([b"x" * LIMIT, b"xx"], LIMIT)) == [Record(1, 0, b"x" * KEPT, LIMIT + 2)]


@pytest.mark.parametrize("bom", [b"", BOM])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("conversations.jsonl", b'{"a": 1}\r\n\n{"b": "\xc3\xa9"}\n\xff\n{"c"'),
        ("conversations.json", b'[\n  {"a": "\xc3\xa9"},\n  {"b": 2}]\n'),
        ("conversations.json", b'{"data": [{"a": "\xc3\xa9"}, {"b": [1]}], "page": 1}'),
        ("conversations.json", b'{"a": 1} {"b": 2}\n[{"c": 3}]'),
        ("outcomes.csv", HEADER + b'c1,hired,1,"\xc3\xa9\n"\r\nc2,hi\xffred,1,\nc3,hired,1,\n'),
    ],
)
def test_an_offset_and_a_size_lead_to_the_raw_bytes(
    tmp_path: Path, name: str, content: bytes, bom: bytes
) -> None:
    found = _records(tmp_path, bom + content, name)
    assert len(found) > 1
    for record in found:
        assert record.offset is not None
        assert (bom + content)[record.offset : record.offset + record.size] == record.raw


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'[{"a": 1}, {"b": [2]}]', [b'{"a": 1}', b'{"b": [2]}']),
        (b'{"a": 1}', [b'{"a": 1}']),
        (b'{\n "a": 1\n}\n', [b'{\n "a": 1\n}']),
        (b'{"a": 1}\n{"b": 2}\n', [b'{"a": 1}', b'{"b": 2}']),  # JSON lines after all
        (b'{"a": 1}\nnonsense\n{"b": 2}\n', [b'{"a": 1}', b"nonsense", b'{"b": 2}']),
        (b'{"meta": {}, "data": [{"a": 1}, 7]}', [b'{"a": 1}', b"7"]),  # an API's answer
        (b'[{"a": 1}, {"b": ', [b'{"a": 1}', b'{"b":']),  # cut off
        (b"[]", []),
        (b" \n", []),
        (b"nonsense", [b"nonsense"]),
    ],
)
def test_elements_of_json_documents_are_records(
    tmp_path: Path, content: bytes, found: list[bytes]
) -> None:
    got = _records(tmp_path, content, "conversations.json")
    assert _numbered(got) == list(enumerate(found, start=1))


_ELEMENTS = st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2))


@settings(deadline=None, max_examples=50)
@given(_ELEMENTS, st.sampled_from([None, 1]))
def test_every_element_of_an_array_is_one_record(
    elements: list[dict[str, str]], indent: int | None
) -> None:
    content = json.dumps(elements, indent=indent, ensure_ascii=False).encode()
    with tempfile.TemporaryDirectory() as folder:
        found = _records(Path(folder), content, "conversations.json")
    assert [json.loads(record.raw) for record in found] == elements
