"""Bad lines of a conversation log: each is refused with its reason, place and bytes, or understood.

Not here: files that are bad as a whole (test_bad_files.py), any bytes at all
(test_reconciliation.py).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.scenario import LAST_DAY, conversation, message

ANSWER = message("assistant", "Dear client, I can start today.")
EMOJI = json.dumps("😀").strip('"')  # the two escapes of a surrogate pair


def _line(conversation_id: str = "bad", **over: Any) -> bytes:
    return json.dumps(conversation(conversation_id, **over)).encode()


def _said(text: bytes) -> bytes:
    return _line(messages=[message("user", "SAID")]).replace(b"SAID", text)


def _without(*names: str) -> bytes:
    kept = {k: v for k, v in conversation("bad").items() if k not in names}
    return json.dumps(kept).encode()


def _role(spelling: object) -> bytes:
    return _line(messages=[{"role": spelling, "content": "Hello"}, ANSWER])


REFUSED: dict[str, tuple[str, bytes]] = {
    "cut off in a text": ("invalid_json", _line()[:-20]),
    "cut off after a comma": ("invalid_json", b'{"conversation_id": "bad",'),
    "two objects on a line": ("invalid_json", _line() + _line()),
    "not JSON": ("invalid_json", b"2026-01-05 INFO started"),
    "NaN": ("invalid_json", _line(score=float("nan"))),
    "BOM inside the file": ("invalid_json", b"\xef\xbb\xbf" + _line()),
    "Latin-1": ("invalid_utf8", _said("Grüße".encode("latin-1"))),
    "UTF-8 cut in a letter": ("invalid_utf8", _said("ü".encode()[:1])),
    "UTF-8 of a surrogate": ("invalid_utf8", _said(b"\xed\xa0\xbd")),
    "raw NUL in a text": ("nul_bytes", _said(b"a\0b")),
    "nothing but NUL": ("nul_bytes", b"\0" * 4096),
    "first half of a pair": ("lone_surrogate", _said(EMOJI[:6].encode())),
    "second half of a pair": ("lone_surrogate", _said(EMOJI[6:].encode())),
    "halves the wrong way": ("lone_surrogate", _said((EMOJI[6:] + EMOJI[:6]).encode())),
    "half a pair in a key": ("lone_surrogate", _line(KEY=1).replace(b"KEY", EMOJI[:6].encode())),
    "empty": ("empty_line", b""),
    "white space": ("empty_line", b" \t \x0b  "),
    "deep lists": ("too_deep", b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "deep objects, cut off": ("too_deep", b'{"messages": ' + b'{"a": ' * 100_000),
    "id twice": ("duplicate_key", _line()[:-1] + b', "conversation_id": "other"}'),
    "role twice": ("duplicate_key", _line().replace(b'"role"', b'"role": "tool", "role"', 1)),
    "a list": ("not_an_object", b"[" + _line() + b"]"),
    "a number": ("not_an_object", b"1"),
    "null": ("not_an_object", b"null"),
    "a text": ("not_an_object", b'"{}"'),
    "messages are a text": ("wrong_type", _line(messages="Hello")),
    "messages are an object": ("wrong_type", _line(messages={"role": "user"})),
    "a message is a text": ("wrong_type", _line(messages=["Hello"])),
    "content is an object": ("wrong_type", _line(messages=[{"role": "user", "content": {}}])),
    "content is true": ("wrong_type", _line(messages=[{"role": "user", "content": True}])),
    "attributes are a list": ("wrong_type", _line(attributes=[])),
    "context is a text": ("wrong_type", _line(context="brief")),
    "context without a text": ("wrong_type", _line(context=[{"doc_id": "d"}])),
    "model is a list": ("wrong_type", _line(model=["m1"])),
    "no id": ("missing_conversation_id", _without("conversation_id")),
    "id null": ("missing_conversation_id", _line().replace(b'"bad"', b"null")),
    "id empty": ("missing_conversation_id", _line("")),
    "id a list": ("missing_conversation_id", _line().replace(b'"bad"', b'["bad"]')),
    "id of 1,025 letters": ("missing_conversation_id", _line("x" * 1025)),
    "no messages": ("no_messages", _without("messages")),
    "messages null": ("no_messages", _line(messages=None)),
    "no message": ("no_messages", _line(messages=[])),
    "role unknown": ("unknown_role", _role("narrator")),
    "role null": ("unknown_role", _role(None)),
    "role empty": ("unknown_role", _role("")),
    "role a number": ("unknown_role", _role(7)),
    "no role": ("unknown_role", _line(messages=[{"content": "Hello"}])),
    "no time": ("no_start_time", _without("started_at")),
    "no such day": ("invalid_time", _line(started_at="2026-02-30T10:00:00Z")),
    "no such hour": ("invalid_time", _line(started_at="2026-01-05T25:00:00Z")),
    "a time in words": ("invalid_time", _line(started_at="yesterday")),
    "time empty": ("invalid_time", _line(started_at="")),
    "time true": ("invalid_time", _line(started_at=True)),
    "before 2015": ("time_out_of_range", _line(started_at="2014-12-31T23:59:59Z")),
    "1970": ("time_out_of_range", _line(started_at=0)),
    "year 10,000,000": ("time_out_of_range", _line(started_at=1e30)),
    "the future": ("time_in_future", _line(started_at="2027-01-01T00:00:00Z")),
}
# The first message, role and content, as the table must hold it.
UNDERSTOOD: dict[str, tuple[bytes, tuple[str, str | None]]] = {
    "escaped NUL": (_said(rb"a\u0000b"), ("user", "a\0b")),
    "escaped pair": (_said(EMOJI.encode()), ("user", "😀")),
    "U+2028 and U+0085": (_said("a\u2028b\x85c".encode()), ("user", "a\u2028b\x85c")),
    "half a pair, escaped twice": (_said(b"\\" + EMOJI[:6].encode()), ("user", EMOJI[:6])),
    "CR at its end": (_said(b"Hi") + b"\r", ("user", "Hi")),
    "spaces around it": (b"  " + _said(b"Hi") + b"\t", ("user", "Hi")),
    "begins with the assistant": (_line(messages=[ANSWER]), ("assistant", ANSWER["content"])),
    "content null": (_line(messages=[message("assistant", None)]), ("assistant", None)),
    "content empty": (_said(b""), ("user", "")),
    "content a number": (_line(messages=[{"role": "user", "content": 5}]), ("user", "5")),
    "asssistant": (_role("asssistant"), ("assistant", "Hello")),
    "human": (_role("human"), ("user", "Hello")),
    "ai": (_role("ai"), ("assistant", "Hello")),
    "agent": (_role("agent"), ("assistant", "Hello")),
    "USER": (_role("USER"), ("user", "Hello")),
}


def _land(folder: Path, content: bytes, **how: Any) -> Warehouse:
    (folder / "drops").mkdir()
    (folder / "drops" / "conversations.jsonl").write_bytes(content)
    warehouse = Warehouse(home=str(folder / "home"))
    land(warehouse, folder / "drops", "conversations", Reading(last_day=LAST_DAY, **how))
    return warehouse


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, pl.DataFrame]:
    """One file of every bad line, a good one before each and one at the end."""
    pairs = [_line(f"good {i}") + b"\n" + bad for i, (_, bad) in enumerate(REFUSED.values())]
    content = b"\n".join([*pairs, _line("good at the end")]) + b"\n"
    warehouse = _land(tmp_path_factory.mktemp("refused"), content)
    return content, warehouse.read("conversation_logs").sort("line")


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_line_is_refused_with_its_reason_its_place_and_its_bytes(
    name: str, refused: tuple[bytes, pl.DataFrame]
) -> None:
    content, logs = refused
    reason, bad = REFUSED[name]
    line = 2 * list(REFUSED).index(name) + 2  # a good line before each
    row = logs.row(line - 1, named=True)
    assert (row["line"], row["reject_reason"], row["raw"]) == (line, reason, bad)
    assert content[row["byte_offset"] :][: row["n_bytes"]] == bad


def test_every_line_around_bad_ones_is_accepted(refused: tuple[bytes, pl.DataFrame]) -> None:
    logs = refused[1]
    assert logs["line"].to_list() == list(range(1, 2 * len(REFUSED) + 2))
    accepted = logs.filter(pl.col("reject_reason").is_null())["conversation_id"].to_list()
    assert accepted == [*(f"good {i}" for i in range(len(REFUSED))), "good at the end"]


@pytest.fixture(scope="module")
def understood(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """One file of every line that only looks bad."""
    content = b"\n".join(line for line, _ in UNDERSTOOD.values())
    warehouse = _land(tmp_path_factory.mktemp("understood"), content)
    return warehouse.read("conversation_logs").sort("line")


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_a_line_that_only_looks_bad_is_understood(name: str, understood: pl.DataFrame) -> None:
    line, first = UNDERSTOOD[name]
    row = understood.row(list(UNDERSTOOD).index(name), named=True)
    assert (row["reject_reason"], row["n_bytes"]) == (None, len(line.removesuffix(b"\r")))
    assert (row["messages"][0]["role"], row["messages"][0]["content"]) == first


def test_a_spelling_of_a_role_is_kept_as_it_was_logged(understood: pl.DataFrame) -> None:
    attributes = understood["attributes"][list(UNDERSTOOD).index("asssistant")]
    kept = {"message_fields": {"0": {"role_as_logged": "asssistant"}}}
    assert json.loads(attributes) == kept


def test_null_content_with_tool_calls_keeps_the_calls(tmp_path: Path) -> None:
    calls = [{"id": "t1", "function": {"name": "search", "arguments": "{}"}}]
    line = _line(messages=[message("user", "Find"), message("assistant", None, tool_calls=calls)])
    row = _land(tmp_path, line).read("conversation_logs").row(0, named=True)
    said = row["messages"][1]
    assert (said["content"], json.loads(said["tool_calls"])) == (None, calls)


def test_the_last_value_of_a_key_that_decides_nothing_counts(tmp_path: Path) -> None:
    line = _line()[:-1] + b', "model": "m2"}'
    logs = _land(tmp_path, line).read("conversation_logs")
    assert logs.select("reject_reason", "model").row(0) == (None, "m2")


def test_a_bom_and_crlf_line_ends_belong_to_no_line(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + _line("first") + b"\r\n\r\n" + b"{cut" + b"\r\n" + _line("last")
    logs = _land(tmp_path, content).read("conversation_logs").sort("line")
    assert logs["conversation_id"].to_list() == ["first", None, None, "last"]
    assert logs["reject_reason"].to_list() == [None, "empty_line", "invalid_json", None]
    assert logs["raw"].to_list() == [None, b"", b"{cut", None]
    places = zip(logs["byte_offset"], logs["n_bytes"], strict=True)
    found = [content[offset:][:size] for offset, size in places]
    assert found == [_line("first"), b"", b"{cut", _line("last")]


@pytest.mark.parametrize(
    ("started_at", "source"),
    [
        ("2026-01-05T10:00:00Z", "zoned"),
        ("2026-01-05T11:00:00.000+01:00", "zoned"),
        ("2026-01-05 10:00:00", "naive"),
        ("2026/01/05 10:00:00", "naive"),
        ("Mon, 05 Jan 2026 10:00:00 GMT", "zoned"),
        ("05/Jan/2026:10:00:00 +0000", "zoned"),
        (1_767_607_200, "zoned"),
        (1_767_607_200_000, "zoned"),
        ("1767607200.0", "zoned"),
        (1_767_607_200_000_000_000, "zoned"),
    ],
)
def test_times_in_every_format_are_the_same_instant(
    started_at: object, source: str, tmp_path: Path
) -> None:
    logs = _land(tmp_path, _line(started_at=started_at)).read("conversation_logs")
    at = datetime(2026, 1, 5, 10)  # noqa: DTZ001 - UTC without a zone
    found = logs.select("reject_reason", "started_at", "day", "time_source").row(0)
    assert found == (None, at, at.date(), source)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"started_at": "9" * 400}, "time_out_of_range"),
        ({"started_at": -70_000_000_000}, "time_out_of_range"),  # year -249
        ({"started_at": "2026-01-05T10:00+00Z"}, "invalid_time"),
        ({"position": "first"}, None),
        ({"position": 2**40}, None),
        ({"holds": ["everything"]}, None),
        ({"attributes": {"n": 10**30}}, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_nobody_thought_of_does_not_end_the_landing(
    fields: dict[str, Any], reason: str | None, tmp_path: Path
) -> None:
    content = _line("first") + b"\n" + _line(**fields) + b"\n" + _line("last")
    logs = _land(tmp_path, content).read("conversation_logs").sort("line")
    assert logs["reject_reason"].to_list() == [None, reason, None]


@pytest.mark.parametrize("depth", [100, 600, 950])
@pytest.mark.parametrize("how", [{}, {"redacts": True}, {"salt": b"salt"}], ids=str)
def test_nesting_of_any_depth_ends_as_a_row(
    depth: int, how: dict[str, Any], tmp_path: Path
) -> None:
    nested = _line(trace="NEST").replace(b'"NEST"', b"[" * depth + b"]" * depth)
    content = _line("first") + b"\n" + nested + b"\n" + _line("last")
    logs = _land(tmp_path, content, **how).read("conversation_logs").sort("line")
    reasons = logs["reject_reason"].to_list()
    assert reasons in ([None, None, None], [None, "too_deep", None])
