"""Every reason a row of an outcome or label drop is refused for, and what becomes of the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from last_mile.core.event_row import label_row, outcome_row
from last_mile.core.refusal import RefusedLineError, RejectReason
from last_mile_tests.scenario import LAST_DAY, label, outcome

_utc = datetime.fromisoformat  # a UTC time without a zone, as the tables hold it


def _outcome(file_day: date | None = None, **over: Any) -> dict[str, Any]:
    return outcome_row(outcome(**over), file_day, LAST_DAY)


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"conversation_id": ""}, "missing_field"),
        ({"conversation_id": None}, "missing_field"),
        ({"conversation_id": "  "}, "missing_field"),
        ({"conversation_id": ["c1"]}, "missing_field"),
        ({"conversation_id": "", "user_id": "u1"}, "missing_field"),
        ({"conversation_id": "", "task_id": "t1"}, "missing_field"),
        ({"conversation_id": "", "user_id": " ", "task_id": "t1"}, "missing_field"),
        ({"conversation_id": "", "user_id": "u1", "task_id": ["t1"]}, "missing_field"),
        # a user and a task have no time that the event could take
        (
            {"conversation_id": "", "user_id": "u1", "task_id": "t1", "occurred_at": ""},
            "missing_field",
        ),
        ({"status": "retracted"}, "missing_field"),  # of which event
        ({"status": "corrected", "event_id": " "}, "missing_field"),
        ({"status": "cancelled", "event_id": "e1"}, "unknown_status"),
        ({"status": ["retracted"], "event_id": "e1"}, "missing_field"),
        ({"status": "corrected", "event_id": "e1", "value": ""}, "not_a_number"),
        ({"status": "retracted", "event_id": "e1", "value": "won"}, "not_a_number"),
        ({"outcome": ""}, "missing_field"),
        ({"outcome": {"kind": "hired"}}, "missing_field"),
        ({"value": ""}, "not_a_number"),
        ({"value": None}, "not_a_number"),
        ({"value": "won"}, "not_a_number"),
        ({"value": "nan"}, "not_a_number"),
        ({"value": "-inf"}, "not_a_number"),
        ({"value": 10**400}, "not_a_number"),
        ({"value": [1]}, "not_a_number"),
        ({"occurred_at": "yesterday"}, "invalid_time"),
        ({"occurred_at": [2026, 1, 5]}, "invalid_time"),
        ({"occurred_at": True}, "invalid_time"),
        ({"arrived_at": "2026-13-01"}, "invalid_time"),
        ({"occurred_at": "2014-12-31T23:59:59Z"}, "time_out_of_range"),
        ({"occurred_at": "2027-01-01T00:00:00Z"}, "time_in_future"),
        ({"occurred_at": 10**400}, "time_out_of_range"),  # more than a float holds
        ({"occurred_at": "1" * 5000}, "time_out_of_range"),  # more digits than Python reads
        ({"occurred_at": "-99999999999"}, "time_out_of_range"),  # before year 1
        ({"arrived_at": "9999-12-31T23:59:59-10:00"}, "time_out_of_range"),
    ],
)
def test_an_outcome_row_that_cannot_be_used_is_refused_with_its_reason(
    over: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedLineError) as refused:
        _outcome(**over)
    assert refused.value.reason == reason


@pytest.mark.parametrize("field", ["conversation_id", "outcome", "value"])
def test_an_outcome_row_without_a_needed_column_is_refused(field: str) -> None:
    row = {k: v for k, v in outcome().items() if k != field}
    with pytest.raises(RefusedLineError) as refused:
        outcome_row(row, None, LAST_DAY)
    assert refused.value.reason == ("not_a_number" if field == "value" else "missing_field")


@pytest.mark.parametrize("value", ["1_000", "\u0661"])
def test_a_number_only_python_would_read_is_refused(value: str) -> None:
    with pytest.raises(RefusedLineError):
        _outcome(value=value)


@pytest.mark.parametrize(
    ("value", "number"), [("1", 1.0), ("-2.5", -2.5), (" 3 ", 3.0), (4, 4.0), (True, 1.0)]
)
def test_values_are_numbers(value: object, number: float) -> None:
    assert _outcome(value=value)["value"] == number


@pytest.mark.parametrize(
    ("given_time", "utc"),
    [
        ("2026-01-05T23:30:00-05:00", _utc("2026-01-06T04:30:00")),
        (" 2026-01-05T10:00:00Z ", _utc("2026-01-05T10:00:00")),
        ("2026-01-05", _utc("2026-01-05T00:00:00")),
        (1767603600, _utc("2026-01-05T09:00:00")),  # seconds since 1970
        ("1767603600", _utc("2026-01-05T09:00:00")),
        (date(2026, 1, 5), _utc("2026-01-05T00:00:00")),  # as Parquet gives it
        (datetime.fromisoformat("2026-01-05T10:00:00+02:00"), _utc("2026-01-05T08:00:00")),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)  # fmt: skip
def test_times_become_utc_and_an_empty_one_is_missing(
    given_time: object, utc: datetime | None
) -> None:
    assert _outcome(occurred_at=given_time)["occurred_at"] == utc


def test_a_row_arrived_on_the_day_in_the_files_path_unless_it_says_otherwise() -> None:
    day = date(2026, 2, 3)
    assert _outcome(file_day=day)["arrived_at"] == _utc("2026-02-03T00:00:00")
    said = _outcome(file_day=day, arrived_at="2026-02-01T08:00:00Z")
    assert said["arrived_at"] == _utc("2026-02-01T08:00:00")
    assert _outcome()["arrived_at"] is None


def test_a_day_in_the_files_path_that_is_out_of_range_is_refused() -> None:
    with pytest.raises(RefusedLineError, match="time_in_future"):
        _outcome(file_day=date(2099, 1, 1))


def test_unknown_columns_are_kept_in_attributes_and_empty_ones_dropped() -> None:
    assert json.loads(_outcome(amount="12", note="", rank=0)["attributes"]) == {
        "amount": "12",
        "rank": "0",
    }
    assert _outcome(note=None)["attributes"] is None


def test_an_event_is_about_a_conversation_or_about_a_user_and_a_task() -> None:
    about: dict[str, Any] = {"user_id": 7, "task_id": "t1"}
    row = _outcome(conversation_id=None, **about)
    assert (row["conversation_id"], row["user_id"], row["task_id"]) == (None, "7", "t1")
    both = _outcome(**about)
    assert (both["conversation_id"], both["user_id"], both["task_id"]) == ("c1", "7", "t1")
    assert both["attributes"] is None


@pytest.mark.parametrize(
    ("status", "read"),
    [(None, "recorded"), ("", "recorded"), ("recorded", "recorded"), (" Corrected ", "corrected")],
)
def test_a_row_is_recorded_unless_it_says_otherwise(status: object, read: str) -> None:
    row = _outcome(status=status, event_id="e1")
    assert (row["status"], row["event_id"]) == (read, "e1")


@pytest.mark.parametrize(("value", "number"), [("", None), (None, None), ("1", 1.0)])
def test_a_retraction_needs_no_value(value: object, number: float | None) -> None:
    row = _outcome(status="retracted", event_id="e1", value=value)
    assert (row["status"], row["value"]) == ("retracted", number)


def test_the_kind_of_value_is_binary_unless_said() -> None:
    assert _outcome()["value_kind"] == "binary"
    assert _outcome(kind="ordinal")["value_kind"] == "ordinal"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"conversation_id": ""}, "missing_field"),
        ({"metric": None}, "missing_field"),
        ({"value": ""}, "missing_field"),
        ({"value": {"a": 1}}, "missing_field"),
        ({"turn": "first"}, "not_a_number"),
        ({"turn": "1.5"}, "not_a_number"),
        ({"turn": "-1"}, "not_a_number"),
        ({"turn": str(2**31)}, "not_a_number"),
        ({"turn": "nan"}, "not_a_number"),
        ({"confidence": "high"}, "not_a_number"),
        ({"confidence": "1.01"}, "not_a_number"),
        ({"confidence": -0.1}, "not_a_number"),
        ({"confidence": "nan"}, "not_a_number"),
        ({"confidence": [0.5]}, "not_a_number"),
    ],
)
def test_a_label_row_that_cannot_be_used_is_refused_with_its_reason(
    over: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedLineError) as refused:
        label_row(label(**over))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("turn", "index"), [("3", 3), ("3.0", 3), (3, 3), ("", None), (None, None), ("0", 0)]
)
def test_a_turn_is_a_message_index_or_the_whole_conversation(
    turn: object, index: int | None
) -> None:
    assert label_row(label(turn=turn))["turn"] == index


@pytest.mark.parametrize(
    ("confidence", "share"),
    [("0.7", 0.7), (0, 0.0), (1, 1.0), ("1.0", 1.0), ("", None), (None, None)],
)
def test_a_confidence_is_a_share_or_not_given(confidence: object, share: float | None) -> None:
    assert label_row(label(confidence=confidence))["confidence"] == share
    assert label_row(label())["confidence"] is None


def test_a_label_is_a_persons_unless_said() -> None:
    row = label_row({"conversation_id": "c1", "metric": "robotic", "value": False})
    assert (row["annotator"], row["annotator_kind"], row["value"]) == ("unknown", "human", "0")
    assert label_row(label(annotator_kind="LLM"))["annotator_kind"] == "llm"


_VALUE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
)
_FIELDS = st.sampled_from([
    *outcome(), *label(), "user_id", "task_id", "event_id", "status", "arrived_at", "kind",
    "turn", "confidence", "something else",
])  # fmt: skip
_SCORE_FIELDS = st.sampled_from([
    "name", "traceId", "sessionId", "subject", "dataType", "stringValue", "value", "source",
    "metadata", "authorUserId", "confidence", "annotator_kind", "span_id", "context", "result",
    "result.label", "attributes", "label", "score", "identifier",
])  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_FIELDS, _VALUE))
@example({"conversation_id": "c1", "outcome": "o", "value": 1, "occurred_at": 10**30})
@example({"conversation_id": "c1", "outcome": "o", "value": 1, "occurred_at": -6.3e10})
@example({"conversation_id": "c1", "outcome": "o", "value": 1, "occurred_at": float("nan")})
def test_any_values_are_accepted_or_refused(over: dict[str, Any]) -> None:
    parsers: list[Callable[[], dict[str, Any]]] = [
        partial(outcome_row, {**outcome(), **over}, None, LAST_DAY),
        partial(label_row, {**label(), **over}),
    ]
    for parse in parsers:
        try:
            parse()
        except RefusedLineError as refused:
            assert refused.reason in get_args(RejectReason)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_SCORE_FIELDS, _VALUE))
def test_any_values_of_a_score_are_accepted_or_refused(row: dict[str, Any]) -> None:
    try:
        found = label_row(row)
    except RefusedLineError as refused:
        assert refused.reason in get_args(RejectReason)
    else:
        texts = ("conversation_id", "metric", "annotator", "annotator_kind", "value")
        assert all(isinstance(found[field], str) for field in texts)
