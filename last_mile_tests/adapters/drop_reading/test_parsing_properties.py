"""Generated lines: any is accepted or refused, and both ways of parsing say the same."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, get_args

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from last_mile.adapters.drop_reading.sheets import CONVERSATIONS
from last_mile.core.refusal import RejectReason
from last_mile.core.roles import ROLES
from last_mile_tests.adapters.drop_reading.rows import as_rows, native_parser, record, row_of
from last_mile_tests.scenario import DAY, LAST_DAY, conversation

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)

# how fast a busy machine makes up examples is nothing to fail for
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _accepted_or_refused(raw: bytes) -> None:
    row = row_of(raw, DAY)
    assert set(row) == set(CONVERSATIONS.names)
    if row["reject_reason"] is not None:
        assert row["reject_reason"] in get_args(RejectReason)
        assert row["raw"] == raw
        assert row["conversation_id"] is None
        return
    assert row["conversation_id"]
    assert row["raw"] is None
    assert row["started_at"].date() == row["day"]
    assert date(2015, 1, 1) <= row["day"] <= LAST_DAY
    assert row["n_messages"] == len(row["messages"]) > 0
    assert isinstance(json.loads(row["attributes"]), dict)


@_UNTIMED
@given(st.binary(max_size=60))
@example(b"\x00")
@example(b'{"conversation_id": ' + b"1" * 5000 + b"}")
@example(json.dumps(conversation()).encode()[:-1] + b', "x": 1e999, "y": NaN}')
@example(json.dumps(conversation()).encode()[:-1] + b', "x": ' + b"1" * 40 + b"}")
@example(json.dumps(conversation(attributes={"x": 10**40})).encode())
@example(json.dumps(conversation()).encode()[:-1] + b', "x": ' + b"[" * 900 + b"]" * 900 + b"}")
def test_any_bytes_are_accepted_or_refused(raw: bytes) -> None:
    _accepted_or_refused(raw)


@settings(_UNTIMED, max_examples=50)
@given(st.dictionaries(st.sampled_from([*conversation(), "context", "attributes", "x"]), _JSON))
def test_any_values_in_the_fields_are_accepted_or_refused(over: dict[str, Any]) -> None:
    _accepted_or_refused(json.dumps(conversation() | over).encode())


@settings(_UNTIMED, max_examples=50)
@given(_JSON | st.datetimes().map(str) | st.from_regex(r"[-+]?[0-9]{1,25}(\.[0-9]{1,3})?\Z"))
@example(10**400)
@example("1" * 5000)
@example(-6.3e10)
@example("-99999999999")
def test_any_time_is_accepted_or_refused(started_at: object) -> None:
    _accepted_or_refused(json.dumps(conversation(started_at=started_at)).encode())


@_UNTIMED
@given(st.integers(0, 200), st.integers(0, 255))
def test_any_damaged_byte_of_a_line_is_accepted_or_refused(position: int, byte: int) -> None:
    raw = bytearray(json.dumps(conversation(), ensure_ascii=False).encode())
    raw[position % len(raw)] = byte
    _accepted_or_refused(bytes(raw))


_TEXT = st.none() | st.text(max_size=6)
_MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(ROLES)},
    optional=dict.fromkeys(("content", "at", "name", "tool_calls", "tool_call_id"), _TEXT),
)
_DOCUMENT = st.fixed_dictionaries({"text": st.text(max_size=6)}, optional={"doc_id": _TEXT})
# as long as `2026-01-05T10:00:00Z`, or nearly so, and of these letters
_TIME = st.sampled_from([
    "2026-01-05T10:00:00Z", "2026-01-05T24:00:00Z", "2014-12-31T23:59:59Z", "2026-12-31T23:59:59Z",
    "2027-01-01T00:00:00Z", "2026-01-05T10+01:00Z", "2026-W02-1T10:00:00Z", "2026-01-05 10:00:00Z",
    "2026-01-05T100000.0Z", "2026-01-05T10:00:00", "2026-01-05T10:00:00.5+02:00", "2026-01-05",
    "2026/01/05 10:00:00Z", "1767603600", "Mon, 05 Jan 2026 10:00:00 GMT",
]) | st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "Z")  # fmt: skip
_NATIVE = st.fixed_dictionaries(
    {
        "conversation_id": st.text(min_size=1, max_size=5),
        "messages": st.lists(_MESSAGE, min_size=1, max_size=3),
        "started_at": st.none() | _TIME,
    },
    optional={
        **dict.fromkeys(("user_id", "model", "final_output", "surface", "task_id"), _TEXT),
        "context": st.none() | st.lists(_DOCUMENT, max_size=2),
        "attributes": st.none() | st.dictionaries(st.text(max_size=5), _JSON, max_size=3),
    },
)


def _takes_the_short_way(raw: bytes) -> bool:
    """Whether it does; then the long way gives the same row."""
    parser = native_parser(DAY)
    short = parser._short_way(record(raw))
    if short is not None:
        assert as_rows([short]) == as_rows(parser._long_way(record(raw)))
    return short is not None


def _line(fields: bytes) -> bytes:
    return b'{"conversation_id": "c1", "messages": [{"role": "user", ' + fields + b"}]}"


@settings(_UNTIMED, max_examples=300)
@given(_NATIVE, st.booleans())
def test_the_short_way_gives_the_row_of_the_long_way(line: dict[str, Any], escapes: bool) -> None:
    _takes_the_short_way(json.dumps(line, ensure_ascii=escapes).encode())


@_UNTIMED
@given(_NATIVE, st.integers(0, 400), st.binary(max_size=3))
@example(conversation(), 0, b" ")
def test_the_short_way_gives_the_row_of_the_long_way_for_damaged_lines(
    line: dict[str, Any], position: int, put: bytes
) -> None:
    raw = json.dumps(line, ensure_ascii=False).encode()
    at = position % len(raw)
    _takes_the_short_way(raw[:at] + put + raw[at + len(put) :])


@_UNTIMED
@given(st.sampled_from(["role", "content", "name", "tool_calls"]), st.integers(0, 9))
def test_the_short_way_gives_the_row_of_the_long_way_for_keys_twice(name: str, at: int) -> None:
    at %= len(name)
    escaped = name[:at] + f"\\u{ord(name[at]):04x}" + name[at + 1 :]  # the same key, for JSON
    for key in (name, escaped):
        _takes_the_short_way(_line(f'"content": "hi", "{key}": "assistant"'.encode()))


def test_a_line_of_the_native_shape_takes_the_short_way() -> None:
    documents = [{"doc_id": "job", "text": "a job"}]
    line = conversation(context=documents, attributes={"a": [1]}, final_output="Dear client")
    assert _takes_the_short_way(json.dumps(line).encode())
    assert not _takes_the_short_way(json.dumps(line | {"rating": 5}).encode())
