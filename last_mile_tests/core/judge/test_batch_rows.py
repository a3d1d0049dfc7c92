"""Lines of a batch: requests as providers take them, results whatever a provider writes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge.batch_rows import Row, request_line, result_rows
from last_mile.core.judge.money import Usage


def _row(line: Any) -> Row:
    rows = list(result_rows(json.dumps(line).encode()))
    assert len(rows) == 1
    return rows[0]


def _completed(**over: Any) -> dict[str, Any]:
    """A result line with a completion."""
    body = {
        "choices": [{"message": {"content": "{}", "refusal": None}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 30, "completion_tokens": 5},
    }
    return {
        "custom_id": "w1-1", "error": None,
        "response": {"status_code": 200, "body": {**body, **over}},
    }  # fmt: skip


def _failed(code: Any, status: int = 400) -> dict[str, Any]:
    error = {"message": "the prompt was: hello", "code": code}
    return {"custom_id": "w1-1", "response": {"status_code": status, "body": {"error": error}}}


# -- requests -------------------------------------------------------------------------------------


def test_a_request_is_one_line_that_a_provider_can_read() -> None:
    body = {"messages": [{"role": "user", "content": "\u20ac\nline\u2028two"}], "max_tokens": 50}
    line = request_line("w1-1", "gpt-4o-mini", body)
    assert (line[-1:], line.count(b"\n")) == (b"\n", 1)
    assert json.loads(line) == {
        "custom_id": "w1-1", "method": "POST", "url": "/v1/chat/completions",
        "body": {"model": "gpt-4o-mini", **body},
    }  # fmt: skip


# -- results --------------------------------------------------------------------------------------


def test_a_completion_is_its_text_with_what_was_counted() -> None:
    assert _row(_completed()) == Row("w1-1", "{}", "stop", False, Usage(30, 0, 5))


def test_cached_tokens_are_counted() -> None:
    usage = {
        "prompt_tokens": 30, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 20},
    }  # fmt: skip
    assert _row(_completed(usage=usage)).usage == Usage(30, 20, 5)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}, {"prompt_tokens": 0}])
def test_a_provider_that_did_not_count_has_no_usage_instead_of_zero(usage: Any) -> None:
    assert _row(_completed(usage=usage)).usage is None


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"content": None, "refusal": "I cannot."}, "finish_reason": "stop"},
        {"message": {"content": "half"}, "finish_reason": "content_filter"},
    ],
    ids=["refusal", "filter"],
)
def test_a_refused_completion_says_so(choice: dict[str, Any]) -> None:
    row = _row(_completed(choices=[choice]))
    assert (row.refused, row.fault) == (True, None)


def test_a_completion_cut_off_says_so() -> None:
    choice = {"message": {"content": '{"answers"'}, "finish_reason": "length"}
    assert _row(_completed(choices=[choice])).finish == "length"


@pytest.mark.parametrize("choices", [None, [], [None], [{}], [{"message": None}]])
def test_a_completion_without_a_choice_is_an_empty_reply_that_was_paid(choices: Any) -> None:
    row = _row(_completed(choices=choices))
    assert (row.text, row.fault, row.usage) == ("", None, Usage(30, 0, 5))


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("context_length_exceeded", "too_long"),
        ("string_above_max_length", "too_long"),
        ("content_policy_violation", "refused"),
        ("content_filter", "refused"),
        ("rate_limit_exceeded", "batch row failed (rate_limit_exceeded)"),
        (500, "batch row failed (500)"),
        (None, "batch row failed (None)"),
    ],
)
def test_a_failed_row_says_why(code: Any, fault: str) -> None:
    assert _row(_failed(code)) == Row("w1-1", fault=fault)


@pytest.mark.parametrize(
    "code",
    ["the prompt was: hello", "a" * 41, "", "<html>", ["hello"], {"text": "hello"}],
    ids=repr,
)
def test_a_code_that_could_hold_a_text_is_not_repeated(code: Any) -> None:
    assert _row(_failed(code)).fault == "batch row failed (unknown)"


def test_a_row_that_was_never_sent_has_its_error_beside_the_response() -> None:
    row = {"custom_id": "w1-1", "response": None, "error": {"code": "batch_expired"}}
    assert _row(row).fault == "batch row failed (batch_expired)"


@pytest.mark.parametrize(
    "row",
    [
        {"custom_id": "w1-1"},
        {"custom_id": "w1-1", "response": None},
        {"custom_id": "w1-1", "response": {"status_code": 200, "body": None}, "error": "expired"},
        {"custom_id": "w1-1", "response": {"status_code": 502, "body": "<html>"}},
        {"custom_id": "w1-1", "response": {"status_code": 502, "body": {"error": "gone"}}},
    ],
    ids=["bare", "no response", "error as text", "html", "error as text in body"],
)
def test_a_row_without_a_completion_has_failed_and_is_asked_again(row: Any) -> None:
    assert _row(row).fault == "batch row failed (None)"


def test_lines_that_are_no_result_are_left_out() -> None:
    data = b"\n".join([
        b"", b"{", b"null", b"[]", b"3", b'{"id": "x"}', b'{"custom_id": 7}', b"\xff\xfe", b"NaN",
        json.dumps(_completed()).encode(),
    ])  # fmt: skip
    assert [row.call_id for row in result_rows(data)] == ["w1-1"]
    assert list(result_rows(b"")) == []


def test_a_text_with_line_separators_is_still_one_row() -> None:
    choice = {"message": {"content": "a\u2028b\x85c"}, "finish_reason": "stop"}
    line = json.dumps(_completed(choices=[choice]), ensure_ascii=False).encode()
    assert [row.text for row in result_rows(line + b"\r\n" + line)] == ["a\u2028b\x85c"] * 2


NOT_PAID = Row("w1-1", fault="batch row failed (None)")
EMPTY = Row("w1-1", "", None, False, Usage(30, 0, 5))  # paid for


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ({"custom_id": "w1-1", "response": "timeout"}, NOT_PAID),
        ({"custom_id": "w1-1", "response": [1]}, NOT_PAID),
        (_completed(choices=["x"]), EMPTY),
        (_completed(choices={"0": {}}), EMPTY),
        (_completed(choices=5), EMPTY),
        (_completed(choices=[{"message": "x", "finish_reason": 3}]), EMPTY),
        (_completed(choices=[{"message": {"content": [1]}}]), EMPTY),
        (_completed(usage=[1]), Row("w1-1", "{}", "stop")),
        (
            _completed(
                usage={"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": [1]}
            ),
            Row("w1-1", "{}", "stop", False, Usage(3, 0, 2)),
        ),
    ],
    ids=[
        "response text", "response list", "choice text", "choices object", "choices number",
        "message text", "content list", "usage list", "details list",
    ],
)  # fmt: skip
def test_a_row_of_another_shape_is_one_row_and_no_crash(line: Any, row: Row) -> None:
    assert _row(line) == row


@pytest.mark.parametrize("tokens", ["12", 1.5, [1], True, -3], ids=repr)
@pytest.mark.parametrize("field", ["prompt_tokens", "completion_tokens", "cached_tokens"])
def test_tokens_that_are_no_whole_number_are_not_counted(field: str, tokens: Any) -> None:
    # half a count has no price: the call then costs what was reserved for it
    counted = {"prompt_tokens": 30, "completion_tokens": 5, field: tokens}
    usage = {**counted, "prompt_tokens_details": {"cached_tokens": counted.get("cached_tokens")}}
    assert _row(_completed(usage=usage)).usage is None


def test_a_line_nested_too_deeply_is_left_out_and_not_those_beside_it() -> None:
    data = b"[" * 100_000 + b"\n" + json.dumps(_completed()).encode()
    assert [row.call_id for row in result_rows(data)] == ["w1-1"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(st.binary(max_size=60) | _JSON.map(json.dumps).map(str.encode))
def test_any_other_bytes_give_no_rows(data: bytes) -> None:
    assert list(result_rows(data)) == []
