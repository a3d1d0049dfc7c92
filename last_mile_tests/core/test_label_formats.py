"""Langfuse scores and Phoenix annotations, as their exports write them, become plain label rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from last_mile.core.event_row import label_row
from last_mile.core.label_formats import names_a_conversation, plain_label
from last_mile.core.refusal import RefusedLineError
from last_mile_tests.scenario import label

QUOTE = "the draft says I can start today"
FIELDS = ("conversation_id", "metric", "annotator", "annotator_kind", "value")


def _score(**over: Any) -> dict[str, Any]:
    """A score as the public API (v2) of Langfuse gives it."""
    return {
        "id": "score-1",
        "traceId": "t-1",
        "sessionId": None,
        "observationId": None,
        "datasetRunId": None,
        "name": "robotic",
        "source": "EVAL",
        "timestamp": "2026-01-06T08:00:00.000Z",
        "createdAt": "2026-01-06T08:00:00.000Z",
        "updatedAt": "2026-01-06T08:00:00.000Z",
        "authorUserId": None,
        "comment": QUOTE,
        "metadata": {},
        "configId": None,
        "queueId": None,
        "environment": "default",
        "dataType": "BOOLEAN",
        "value": 1,
        "stringValue": "True",
        "trace": {"userId": "u1", "tags": []},
        **over,
    }


def _exported(**over: Any) -> dict[str, Any]:
    """A score as the blob storage export of Langfuse writes it."""
    return {
        "id": "score-1",
        "timestamp": "2026-01-06 08:00:00.000000",
        "project_id": "p-1",
        "environment": "default",
        "trace_id": "t-1",
        "observation_id": None,
        "session_id": None,
        "dataset_run_id": None,
        "name": "tone",
        "value": 2,
        "source": "API",
        "comment": QUOTE,
        "data_type": "CATEGORICAL",
        "string_value": "cold",
        **over,
    }


def _v3(data_type: str, value: Any, subject: Any) -> dict[str, Any]:
    """A score as the public API (v3) of Langfuse gives it."""
    return {
        "id": "score-1",
        "projectId": "p-1",
        "name": "robotic",
        "source": "ANNOTATION",
        "timestamp": "2026-01-06T08:00:00.000Z",
        "environment": "default",
        "dataType": data_type,
        "value": value,
        "subject": subject,
    }


def _annotation(**over: Any) -> dict[str, Any]:
    """An annotation as the REST API of Phoenix gives it; what it is about is in `over`."""
    return {
        "id": "U3Bhbjox",
        "created_at": "2026-01-06T08:00:00+00:00",
        "updated_at": "2026-01-06T08:00:00+00:00",
        "source": "API",
        "user_id": None,
        "name": "robotic",
        "annotator_kind": "LLM",
        "result": {"label": "robotic", "score": 1.0, "explanation": QUOTE},
        "metadata": {"model": "gpt-4o", "confidence": "high"},
        "identifier": "",
        **over,
    }


def _frame_row(**over: Any) -> dict[str, Any]:
    """A row of Phoenix's get_span_annotations_dataframe, as to_csv writes it."""
    return {
        "span_id": "67f6740bbe1ddc3f",
        "annotation_name": "robotic",
        "annotator_kind": "CODE",
        "metadata": "{}",
        "identifier": "rules-2",
        "source": "API",
        "user_id": "",
        "result.label": "",
        "result.score": "0.0",
        "result.explanation": QUOTE,
        **over,
    }


def _read(row: dict[str, Any]) -> tuple[Any, ...]:
    found = label_row(row)
    return tuple(found[field] for field in FIELDS)


def test_a_score_of_the_api_is_a_label_of_its_trace() -> None:
    assert _read(_score()) == ("t-1", "robotic", "langfuse", "llm", "1")


def test_a_score_of_a_session_is_a_label_of_the_session() -> None:
    assert _read(_score(sessionId="s-1"))[0] == "s-1"
    assert _read(_score(sessionId="s-1", traceId=None))[0] == "s-1"


def test_an_exported_category_is_its_text_and_not_its_index() -> None:
    assert _read(_exported()) == ("t-1", "tone", "langfuse", "llm", "cold")
    assert _read(_score(dataType="CATEGORICAL", value=2, stringValue="cold"))[4] == "cold"
    assert _read(_score(dataType="CATEGORICAL", value=None, stringValue="cold"))[4] == "cold"


@pytest.mark.parametrize(
    ("over", "value"),
    [
        ({"dataType": "BOOLEAN", "value": 0, "stringValue": "False"}, "0"),
        ({"dataType": "BOOLEAN", "value": 0.0, "stringValue": None}, "0.0"),
        ({"dataType": "BOOLEAN", "value": None, "stringValue": "False"}, "False"),
        ({"dataType": "NUMERIC", "value": 0.83, "stringValue": None}, "0.83"),
        ({"dataType": "NUMERIC", "value": 0, "stringValue": None}, "0"),
        ({"dataType": None, "value": "1", "stringValue": ""}, "1"),  # as CSV gives it
    ],
)
def test_a_number_or_a_yes_or_no_is_kept_as_one(over: dict[str, Any], value: str) -> None:
    assert _read(_score(**over))[4] == value


@pytest.mark.parametrize(
    ("data_type", "value", "subject", "expected"),
    [
        ("BOOLEAN", True, {"kind": "trace", "id": "t-1"}, ("t-1", "1")),
        ("BOOLEAN", False, {"kind": "session", "id": "s-1"}, ("s-1", "0")),
        ("CATEGORICAL", "cold", {"kind": "observation", "id": "o", "traceId": "t"}, ("t", "cold")),
    ],
)
def test_a_score_of_the_third_api_says_what_it_is_about_in_its_subject(
    data_type: str, value: Any, subject: dict[str, str], expected: tuple[str, str]
) -> None:
    read = _read(_v3(data_type, value, subject))
    assert (read[0], read[4]) == expected
    assert read[3] == "human"


@pytest.mark.parametrize(
    ("source", "kind"),
    [("ANNOTATION", "human"), ("EVAL", "llm"), ("API", "llm"), (None, "llm"), ("NEW", "new")],
)
def test_the_source_of_a_score_says_who_answered(source: str | None, kind: str) -> None:
    assert _read(_score(source=source))[3] == kind


@pytest.mark.parametrize(
    ("over", "annotator"),
    [
        ({"metadata": {"evaluator": "tone-judge-2"}, "authorUserId": "a1"}, "tone-judge-2"),
        ({"metadata": json.dumps({"judge": "tone-judge-2"})}, "tone-judge-2"),  # as CSV gives it
        ({"metadata": "not JSON", "authorUserId": "a1"}, "a1"),
        ({"metadata": {"judge": {"model": "m"}}, "authorUserName": "Ann"}, "Ann"),
        ({"evaluator_id": "ev-1"}, "ev-1"),
        ({"metadata": ["judge"]}, "langfuse"),
    ],
)
def test_the_annotator_of_a_score_is_its_evaluator_or_author(
    over: dict[str, Any], annotator: str
) -> None:
    assert _read(_score(**over))[2] == annotator


@pytest.mark.parametrize("data_type", ["TEXT", "CORRECTION"])
def test_a_score_that_is_a_free_text_is_refused(data_type: str) -> None:
    # The export gives TEXT the value 0: taken as an answer it would be a no
    with pytest.raises(RefusedLineError, match="wrong_type"):
        label_row(_exported(data_type=data_type, value=0, string_value=QUOTE))


@pytest.mark.parametrize(
    "row",
    [
        _score(traceId=None),
        _score(traceId="", sessionId=""),
        _score(name=None),
        _score(value=None, stringValue=None),
        _v3("BOOLEAN", True, {"kind": "experiment", "id": "run-1"}),
        _v3("BOOLEAN", True, None),
        _annotation(),
        _annotation(span_id="sp-1", result=None),  # a note
        _annotation(span_id="sp-1", result={"label": None, "score": None, "explanation": QUOTE}),
        _annotation(span_id="sp-1", name=""),
    ],
)
def test_a_score_without_conversation_name_or_answer_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(RefusedLineError, match="missing_field"):
        label_row(row)


def test_an_annotation_is_a_label_of_its_span_trace_or_session() -> None:
    about = {"span_id": "sp-1"}
    assert _read(_annotation(**about)) == ("sp-1", "robotic", "phoenix", "llm", "robotic")
    assert _read(_annotation(**about, trace_id="t-1"))[0] == "t-1"
    assert _read(_annotation(**about, trace_id="t-1", session_id="s-1"))[0] == "s-1"
    assert _read(_annotation(context={"trace_id": "t-1", "span_id": "sp-1"}))[0] == "t-1"
    nested = {"attributes": {"session": {"id": "s-1"}}, "context.trace_id": "t-1"}
    assert _read(_annotation(**nested))[0] == "s-1"
    assert _read({**_annotation(**about), "attributes.session.id": "s-1"})[0] == "s-1"


def test_a_row_of_the_annotations_dataframe_has_its_result_in_columns() -> None:
    assert _read(_frame_row()) == ("67f6740bbe1ddc3f", "robotic", "rules-2", "program", "0.0")
    assert _read(_frame_row(**{"result.label": "warm"}))[4] == "warm"


def test_an_evaluation_that_does_not_say_who_made_it_was_made_by_a_model() -> None:
    row = {
        "context.span_id": "sp-1",
        "name": "robotic",
        "label": "",
        "score": "1",
        "explanation": "",
    }
    assert _read(row) == ("sp-1", "robotic", "phoenix", "llm", "1")


@pytest.mark.parametrize(
    ("said", "kind"),
    [("LLM", "llm"), ("HUMAN", "human"), ("CODE", "program"), ("AGENT", "agent")],
)
def test_the_kind_of_an_annotator_is_as_phoenix_says(said: str, kind: str) -> None:
    assert _read(_annotation(span_id="sp-1", annotator_kind=said))[3] == kind


def test_a_conversation_id_beside_a_score_wins() -> None:
    assert _read(_score(conversation_id="c1"))[0] == "c1"
    assert _read(_annotation(span_id="sp-1", conversation_id="c1"))[0] == "c1"


@pytest.mark.parametrize("row", [_score(), _exported(), _annotation(span_id="sp-1"), _frame_row()])
def test_comments_and_explanations_are_left_out(row: dict[str, Any]) -> None:
    assert QUOTE not in str(plain_label(row))


def test_a_confidence_beside_a_score_is_kept_and_one_in_metadata_is_not() -> None:
    assert label_row(_score(confidence=0.4))["confidence"] == 0.4
    assert label_row(_annotation(span_id="sp-1", confidence=0.4))["confidence"] == 0.4
    assert label_row(_annotation(span_id="sp-1"))["confidence"] is None


@pytest.mark.parametrize(
    "row", [label(), label(name="n", traceId="t", score=1), {"note": "x", "user_id": "u"}, {}]
)
def test_other_rows_are_left_as_they_are(row: dict[str, Any]) -> None:
    assert plain_label(row) is row


@pytest.mark.parametrize(
    "columns",
    [_score(), _exported(), _frame_row(), _v3("BOOLEAN", True, None), ["conversation_id"],
     ["context.span_id", "name", "label"], ["session.id", "name", "score"]],
)  # fmt: skip
def test_a_header_names_a_conversation_in_any_of_the_formats(columns: Any) -> None:
    assert names_a_conversation(columns)


def test_a_header_of_other_columns_does_not_name_one() -> None:
    assert not names_a_conversation(["id", "metric", "name", "value", "score"])
