"""Every reason a conversation line is refused for, and what becomes of an accepted one."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, get_args

import pytest

from last_mile.adapters.drop_reading.parsing import decoded
from last_mile.core.refusal import RefusedLineError, RejectReason
from last_mile_tests.adapters.drop_reading.rows import row_of
from last_mile_tests.scenario import conversation, message

USER = {"role": "user", "content": "hi"}
SAID = b'"started_at": "2026-01-05T10:00:00Z", "messages": [{"role": "user", "content": "hi"}]'


_utc = datetime.fromisoformat  # a UTC time without a zone, as the tables hold it


def _row(path_day: date | None = None, **over: Any) -> dict[str, Any]:
    row = row_of(json.dumps(conversation(**over)).encode(), path_day)
    assert row["reject_reason"] is None
    return row


def _without(field: str) -> bytes:
    return json.dumps({k: v for k, v in conversation().items() if k != field}).encode()


def _with_message(fields: bytes) -> bytes:
    time = b'"started_at": "2026-01-05T10:00:00Z"'
    return b'{"conversation_id": "c1", ' + time + b', "messages": [{' + fields + b"}]}"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty_line"),
        (b" \t \r", "empty_line"),
        (b'{"conversation_id": "c1', "invalid_json"),
        (b"not json", "invalid_json"),
        (b'{"a": 1} {"b": 2}', "invalid_json"),
        (b'{"conversation_id": "\\ud800"}', "lone_surrogate"),  # half of a surrogate pair
        (b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "too_deep"),
        (b'{"conversation_id": "caf\xe9"}', "invalid_utf8"),
        (b"\xff\xfe{\x00}\x00", "invalid_utf8"),  # UTF-16
        (b"{\x00}\x00", "nul_bytes"),  # UTF-16 without a mark
        (b'{"conversation_id": "c\x001", ' + SAID + b"}", "nul_bytes"),
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
        (_with_message(b'"content": "hi"'), "unknown_role"),
        (_with_message(b'"role": "narrator", "content": "hi"'), "unknown_role"),
        (_with_message(b'"role": 7, "content": "hi"'), "unknown_role"),
        (_with_message(b'"role": "user", "content": []'), "wrong_type"),
        (_with_message(b'"role": "user", "content": {"text": "hi"}'), "wrong_type"),
        (_without("started_at"), "no_start_time"),
    ],
)
def test_a_line_that_cannot_be_a_conversation_is_refused_with_its_reason_and_bytes(
    raw: bytes, reason: str
) -> None:
    row = row_of(raw)
    assert (row["reject_reason"], row["raw"]) == (reason, raw)
    assert reason in get_args(RejectReason)


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"started_at": "yesterday"}, "invalid_time"),
        ({"started_at": ""}, "invalid_time"),
        ({"started_at": "2026-02-30T10:00:00Z"}, "invalid_time"),
        ({"started_at": "2026-01-05T10+01:00Z"}, "invalid_time"),  # two zones, as long as one
        ({"started_at": True}, "invalid_time"),
        ({"started_at": ["2026-01-05"]}, "invalid_time"),
        ({"started_at": "2014-12-31T23:59:59Z"}, "time_out_of_range"),
        ({"started_at": "2027-01-01T00:00:00Z"}, "time_in_future"),  # LAST_DAY is 31 December
        ({"started_at": 0}, "time_out_of_range"),
        ({"started_at": -99_999_999_999}, "time_out_of_range"),  # before year 1
        ({"started_at": "-99999999999"}, "time_out_of_range"),
        ({"started_at": 10**30}, "time_out_of_range"),
        ({"started_at": 10**400}, "time_out_of_range"),  # more than a float holds
        ({"started_at": "1" * 400}, "time_out_of_range"),
        ({"started_at": "9999-12-31T23:59:59-10:00"}, "time_out_of_range"),  # year 10000 in UTC
        ({"started_at": "0001-01-01T00:00:00+10:00"}, "time_out_of_range"),  # year 0 in UTC
        ({"final_output": {"text": "hi"}}, "wrong_type"),
        ({"context": [{"doc_id": "job"}]}, "wrong_type"),
        ({"context": "job"}, "wrong_type"),
        ({"attributes": [1]}, "wrong_type"),
        ({"user_id": ["u"]}, "wrong_type"),
        ({"conversation_id": "c" * 1025}, "missing_conversation_id"),
        ({"conversation_id": ["c1"]}, "missing_conversation_id"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_with_its_reason(
    over: dict[str, Any], reason: str
) -> None:
    assert row_of(json.dumps(conversation(**over)).encode())["reject_reason"] == reason


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"conversation_id": "c1", "conversation_id": "c2", ' + SAID + b"}", id="id"),
        pytest.param(_with_message(b'"role": "user", "role": "assistant"'), id="role"),
        pytest.param(
            _with_message(b'"role": "user", "rol\\u0065": "assistant"'), id="role, escaped"
        ),
        pytest.param(
            b'{"conversation_id": "c1", "conversation_i\\u0064": "c2", ' + SAID + b"}",
            id="id, escaped",
        ),
    ],
)
def test_a_line_that_says_twice_who_said_it_or_where_is_refused(raw: bytes) -> None:
    assert row_of(raw)["reject_reason"] == "duplicate_key"


def test_of_any_other_field_that_stands_twice_the_last_value_counts() -> None:
    raw = b'{"conversation_id": "c1", "model": "m1", "model": "m2", ' + SAID + b"}"
    assert row_of(raw)["model"] == "m2"


def test_a_refusal_carries_no_text_of_the_line() -> None:
    with pytest.raises(RefusedLineError) as refused:
        decoded(b'{"conversation_id": "my secret')
    assert str(refused.value) == "invalid_json"
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("given_time", "utc", "source"),
    [
        ("2026-01-05T10:00:00Z", _utc("2026-01-05T10:00:00"), "zoned"),
        ("2026-01-05T10:00:00", _utc("2026-01-05T10:00:00"), "naive"),  # without a zone: UTC
        ("2026-01-05 10:00:00.250", _utc("2026-01-05T10:00:00.250000"), "naive"),
        ("2026-01-05T23:30:00-05:00", _utc("2026-01-06T04:30:00"), "zoned"),  # the next day
        ("2026-01-05T01:00:00+05:30", _utc("2026-01-04T19:30:00"), "zoned"),  # the day before
        ("2026-01-05", _utc("2026-01-05T00:00:00"), "naive"),
        (1767603600, _utc("2026-01-05T09:00:00"), "zoned"),  # seconds since 1970
        (1767603600.5, _utc("2026-01-05T09:00:00.500000"), "zoned"),
        ("1767603600", _utc("2026-01-05T09:00:00"), "zoned"),
        (1767603600_250, _utc("2026-01-05T09:00:00.250000"), "zoned"),  # milliseconds
        (1767603600_000_001, _utc("2026-01-05T09:00:00.000001"), "zoned"),  # microseconds
        (1767603600_000_001_999, _utc("2026-01-05T09:00:00.000001"), "zoned"),  # nanoseconds
        ("Mon, 05 Jan 2026 10:00:00 GMT", _utc("2026-01-05T10:00:00"), "zoned"),
        ("05/Jan/2026:10:00:00 +0100", _utc("2026-01-05T09:00:00"), "zoned"),
    ],
)
def test_times_become_utc_and_decide_the_day(
    given_time: object, utc: datetime, source: str
) -> None:
    row = _row(started_at=given_time)
    assert (row["started_at"], row["day"], row["time_source"]) == (utc, utc.date(), source)


def test_a_conversation_without_a_time_starts_at_midnight_of_the_files_day() -> None:
    row = _row(date(2026, 2, 3), started_at=None)
    assert (row["day"], row["started_at"]) == (date(2026, 2, 3), _utc("2026-02-03T00:00:00"))
    assert row["time_source"] == "path_day"


def test_a_time_of_its_own_wins_over_the_files_day() -> None:
    assert _row(date(2026, 2, 3))["day"] == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("day", "reason"),
    [(date(2099, 1, 1), "time_in_future"), (date(2014, 12, 31), "time_out_of_range")],
)
def test_a_files_day_out_of_range_is_refused_too(day: date, reason: str) -> None:
    assert row_of(_without("started_at"), day)["reject_reason"] == reason


def test_numbers_where_texts_are_expected_become_texts() -> None:
    row = _row(conversation_id=17, user_id=4.5, messages=[{**USER, "content": 3}])
    assert (row["conversation_id"], row["user_id"]) == ("17", "4.5")
    assert row["messages"][0]["content"] == "3"


@pytest.mark.parametrize(
    ("spelling", "role"),
    [
        ("User", "user"), ("human", "user"), ("ai", "assistant"), ("agent", "assistant"),
        ("bot", "assistant"), ("asssistant", "assistant"), ("ASSISTANT", "assistant"),
    ],
)  # fmt: skip
def test_a_role_in_another_spelling_is_understood_and_kept_as_logged(
    spelling: str, role: str
) -> None:
    row = _row(messages=[USER, message(spelling, "hello")])
    assert [said["role"] for said in row["messages"]] == ["user", role]
    assert json.loads(row["attributes"]) == {"message_fields": {"1": {"role_as_logged": spelling}}}


def test_content_may_be_a_list_of_text_parts_and_what_is_no_text_is_kept_beside_it() -> None:
    image = {"type": "image_url", "image_url": {"url": "a.png"}}
    parts = [{"type": "text", "text": "Look:"}, image, {"type": "text", "text": "what is it?"}]
    row = _row(messages=[{"role": "user", "content": parts}])
    assert row["messages"][0]["content"] == "Look:\nwhat is it?"
    assert json.loads(row["attributes"]) == {"message_fields": {"0": {"content_parts": [image]}}}


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
    assert row["context"] == [{"doc_id": "job", "text": "a job"}]
    assert json.loads(row["attributes"]) == {"context_fields": {"0": {"source": "crawler"}}}


def test_an_unknown_field_does_not_replace_an_attribute_of_the_same_name() -> None:
    row = _row(attributes={"history": "new"}, history="old")
    assert json.loads(row["attributes"]) == {"history": "new", "line_fields": {"history": "old"}}


def test_tool_calls_are_kept_as_json() -> None:
    calls = [{"id": "1", "function": {"name": "search", "arguments": "{}"}}]
    row = _row(messages=[USER, message("assistant", None, tool_calls=calls)])
    assert json.loads(row["messages"][1]["tool_calls"]) == calls
    assert row["messages"][1]["content"] is None


def test_a_conversation_may_begin_with_the_assistant() -> None:
    row = _row(messages=[message("assistant", "Hello, how can I help?")])
    assert (row["n_messages"], row["messages"][0]["role"]) == (1, "assistant")


def test_the_order_of_json_keys_does_not_change_the_row() -> None:
    line = conversation(rating=5, attributes={"b": 1, "a": 2})
    turned = json.dumps(dict(reversed(line.items()))).encode()
    assert row_of(turned) == _row(rating=5, attributes={"a": 2, "b": 1})
