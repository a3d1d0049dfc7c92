"""Every reason a conversation line is refused for, and what becomes of an accepted one."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from last_mile.core.conversation_line import (
    CONVERSATION_SCHEMA,
    RefusedLineError,
    RejectReason,
    conversation_row,
)
from last_mile_tests.scenario import LAST_DAY, conversation, message

USER = {"role": "user", "content": "hi"}


_utc = datetime.fromisoformat  # a UTC time without a zone, as the tables hold it


def _row(fallback: date | None = None, **over: Any) -> dict[str, Any]:
    return conversation_row(json.dumps(conversation(**over)).encode(), fallback, LAST_DAY)


def _reason(raw: bytes) -> str:
    with pytest.raises(RefusedLineError) as refused:
        conversation_row(raw, None, LAST_DAY)
    return refused.value.reason


def _without(field: str) -> bytes:
    return json.dumps({k: v for k, v in conversation().items() if k != field}).encode()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty_line"),
        (b" \t \r", "empty_line"),
        (b'{"conversation_id": "c1', "invalid_json"),
        (b"not json", "invalid_json"),
        (b'{"a": 1} {"b": 2}', "invalid_json"),
        (b'{"conversation_id": "\\ud800"}', "invalid_json"),  # half of a surrogate pair
        (b'{"x": ' + b"[" * 1000 + b"]" * 1000 + b"}", "invalid_json"),
        (b'{"conversation_id": "caf\xe9"}', "invalid_utf8"),
        (b"\xff\xfe{\x00}\x00", "invalid_utf8"),  # UTF-16
        (b'["c1"]', "not_an_object"),
        (b'"c1"', "not_an_object"),
        (b"null", "not_an_object"),
        (b"7", "not_an_object"),
        (_without("conversation_id"), "missing_conversation_id"),
        (b'{"conversation_id": "", "messages": []}', "missing_conversation_id"),
        (b'{"conversation_id": null, "messages": []}', "missing_conversation_id"),
        (_without("messages"), "no_messages"),
        (b'{"conversation_id": "c1", "messages": []}', "no_messages"),
        (b'{"conversation_id": "c1", "messages": "hi"}', "wrong_type"),
        (b'{"conversation_id": "c1", "messages": ["hi"]}', "wrong_type"),
        (b'{"conversation_id": "c1", "messages": [{"content": "hi"}]}', "unknown_role"),
        (b'{"conversation_id": "c1", "messages": [{"role": "bot"}]}', "unknown_role"),
        (b'{"conversation_id": "c1", "messages": [{"role": "User"}]}', "unknown_role"),
        (b'{"conversation_id": "c1", "messages": [{"role": "user", "content": []}]}', "wrong_type"),
        (_without("started_at"), "no_start_time"),
    ],
)
def test_a_line_that_cannot_be_a_conversation_is_refused_with_its_reason(
    raw: bytes, reason: str
) -> None:
    assert _reason(raw) == reason


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"started_at": "yesterday"}, "invalid_time"),
        ({"started_at": ""}, "invalid_time"),
        ({"started_at": "2026-02-30T10:00:00Z"}, "invalid_time"),
        ({"started_at": True}, "invalid_time"),
        ({"started_at": "2014-12-31T23:59:59Z"}, "time_out_of_range"),
        ({"started_at": "2027-01-01T00:00:00Z"}, "time_out_of_range"),  # LAST_DAY is 31 December
        ({"started_at": 0}, "time_out_of_range"),
        ({"started_at": "9999-12-31T23:59:59-10:00"}, "time_out_of_range"),  # year 10000 in UTC
        ({"started_at": "0001-01-01T00:00:00+10:00"}, "time_out_of_range"),  # year 0 in UTC
        ({"final_output": {"text": "hi"}}, "wrong_type"),
        ({"context": [{"doc_id": "job"}]}, "wrong_type"),
        ({"context": "job"}, "wrong_type"),
        ({"attributes": [1]}, "wrong_type"),
        ({"user_id": ["u"]}, "wrong_type"),
        ({"conversation_id": "c" * 1025}, "missing_conversation_id"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_with_its_reason(
    over: dict[str, Any], reason: str
) -> None:
    assert _reason(json.dumps(conversation(**over)).encode()) == reason


def test_the_reasons_of_conversation_lines_are_in_the_closed_set() -> None:
    known = set(get_args(RejectReason))
    assert {"empty_line", "invalid_utf8", "invalid_json", "not_an_object"} <= known


def test_a_refusal_carries_no_text_of_the_line() -> None:
    with pytest.raises(RefusedLineError) as refused:
        conversation_row(b'{"conversation_id": "my secret', None, LAST_DAY)
    assert str(refused.value) == "invalid_json"
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("given_time", "utc"),
    [
        ("2026-01-05T10:00:00Z", _utc("2026-01-05T10:00:00")),
        ("2026-01-05T10:00:00", _utc("2026-01-05T10:00:00")),  # without a zone: UTC
        ("2026-01-05 10:00:00.250", _utc("2026-01-05T10:00:00.250000")),
        ("2026-01-05T23:30:00-05:00", _utc("2026-01-06T04:30:00")),  # the next day in UTC
        ("2026-01-05T01:00:00+05:30", _utc("2026-01-04T19:30:00")),  # the day before in UTC
        ("2026-01-05", _utc("2026-01-05T00:00:00")),
        (1767603600, _utc("2026-01-05T09:00:00")),  # seconds since 1970
    ],
)  # fmt: skip
def test_times_become_utc_and_decide_the_day(given_time: object, utc: datetime) -> None:
    row = _row(started_at=given_time)
    assert row["started_at"] == utc
    assert row["day"] == utc.date()


def test_a_conversation_without_a_time_starts_at_midnight_of_the_files_day() -> None:
    row = _row(fallback=date(2026, 2, 3), started_at=None)
    assert (row["day"], row["started_at"]) == (date(2026, 2, 3), _utc("2026-02-03T00:00:00"))


def test_a_time_of_its_own_wins_over_the_files_day() -> None:
    assert _row(fallback=date(2026, 2, 3))["day"] == date(2026, 1, 5)


def test_a_files_day_out_of_range_is_refused_too() -> None:
    with pytest.raises(RefusedLineError, match="time_out_of_range"):
        _row(fallback=date(2099, 1, 1), started_at=None)


def test_numbers_where_texts_are_expected_become_texts() -> None:
    row = _row(conversation_id=17, user_id=4.5, messages=[{**USER, "content": 3}])
    assert (row["conversation_id"], row["user_id"]) == ("17", "4.5")
    assert row["messages"][0]["content"] == "3"


def test_unknown_fields_are_kept_in_attributes_those_of_messages_by_their_index() -> None:
    row = _row(
        attributes={"history": "new"},
        rating=5,
        messages=[USER, message("assistant", "hello", tokens=3, lang="en")],
    )
    assert json.loads(row["attributes"]) == {
        "history": "new",
        "rating": 5,
        "message_fields": {"1": {"tokens": 3, "lang": "en"}},
    }


def test_without_unknown_fields_attributes_are_an_empty_object() -> None:
    assert _row()["attributes"] == "{}"


def test_unknown_fields_of_context_documents_are_kept_too() -> None:
    row = _row(context=[{"doc_id": "job", "text": "a job", "source": "crawler"}])
    assert "crawler" in row["attributes"]


def test_an_unknown_field_does_not_replace_an_attribute_of_the_same_name() -> None:
    row = _row(attributes={"history": "new"}, history="old")
    assert "new" in row["attributes"]
    assert "old" in row["attributes"]


def test_tool_calls_are_kept_as_json() -> None:
    calls = [{"id": "1", "function": {"name": "search", "arguments": "{}"}}]
    row = _row(messages=[USER, message("assistant", None, tool_calls=calls)])
    assert json.loads(row["messages"][1]["tool_calls"]) == calls
    assert row["messages"][1]["content"] is None


def test_the_row_has_every_column_of_its_table_but_file_and_line() -> None:
    assert set(_row()) == set(CONVERSATION_SCHEMA) - {"file", "line"}


def test_the_content_hash_is_of_id_messages_context_and_final_output() -> None:
    same = [_row(), _row(model="m2", started_at="2026-01-06T10:00:00Z", rating=5, user_id="u2")]
    other = [
        _row(conversation_id="c2"),
        _row(messages=[USER]),
        _row(context=[{"doc_id": "job", "text": "a job"}]),
        _row(final_output="Dear client"),
    ]
    assert len({row["content_hash"] for row in same}) == 1
    assert len({row["content_hash"] for row in [*same, *other]}) == 5


def test_the_order_of_json_keys_does_not_change_the_row() -> None:
    line = conversation(rating=5, attributes={"b": 1, "a": 2})
    turned = json.dumps(dict(reversed(line.items()))).encode()
    assert conversation_row(turned, None, LAST_DAY) == _row(rating=5, attributes={"b": 1, "a": 2})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def _accepted_or_refused(raw: bytes) -> None:
    try:
        row = conversation_row(raw, date(2026, 1, 5), LAST_DAY)
    except RefusedLineError as refused:
        assert refused.reason in get_args(RejectReason)
        return
    assert set(row) == set(CONVERSATION_SCHEMA) - {"file", "line"}
    assert row["conversation_id"]
    assert row["started_at"].date() == row["day"]


@given(st.binary(max_size=60))
@example(b"\x00")
@example(b'{"conversation_id": ' + b"1" * 5000 + b"}")
@example(json.dumps(conversation()).encode()[:-1] + b', "x": 1e999, "y": NaN}')
def test_any_bytes_are_accepted_or_refused(raw: bytes) -> None:
    _accepted_or_refused(raw)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from([*conversation(), "context", "attributes", "x"]), _JSON))
def test_any_values_in_the_fields_are_accepted_or_refused(over: dict[str, Any]) -> None:
    _accepted_or_refused(json.dumps(conversation() | over).encode())


@given(st.integers(0, 200), st.integers(0, 255))
def test_any_damaged_byte_of_a_line_is_accepted_or_refused(position: int, byte: int) -> None:
    raw = bytearray(json.dumps(conversation(), ensure_ascii=False).encode())
    raw[position % len(raw)] = byte
    _accepted_or_refused(bytes(raw))
