"""Verdicts made elsewhere: files as Langfuse and Phoenix export them, landed and read back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import label_fragments, recorded_fragments
from last_mile.core.rubric import Rubric
from last_mile_tests.scenario import (
    DAYS,
    conversation,
    json_lines,
    label,
    landed,
    message,
    metric,
    rubric,
    write_drop,
    write_file,
)

LABELS = ("conversation_id", "metric", "annotator", "annotator_kind", "value", "confidence")
VERDICTS = ("conversation_id", "metric", "judge", "flag", "confidence")
QUOTE = "Dear client, I can start today."


def _score(trace: str | None, value: int = 1, **over: Any) -> dict[str, Any]:
    return {
        "id": "score", "traceId": trace, "sessionId": None, "observationId": None,
        "name": "robotic", "source": "EVAL", "timestamp": "2026-01-06T08:00:00.000Z",
        "comment": QUOTE, "metadata": {}, "dataType": "BOOLEAN", "value": value,
        "stringValue": str(bool(value)), **over,
    }  # fmt: skip


def _annotation(span: str, text: str = "no", **over: Any) -> dict[str, Any]:
    result = {"label": text, "score": None, "explanation": QUOTE}
    return {
        "id": "U3Bhbjox", "source": "API", "user_id": None, "name": "robotic", "span_id": span,
        "annotator_kind": "LLM", "result": result, "metadata": {}, "identifier": "", **over,
    }  # fmt: skip


def _span(trace: str, session: str | None = None, minute: int = 0) -> dict[str, Any]:
    """An LLM span as Phoenix exports it."""
    found = {
        "context.trace_id": trace,
        "start_time": f"2026-01-05T10:0{minute}:00Z",
        "attributes.openinference.span.kind": "LLM",
        "attributes.llm.input_messages": [message("user", f"Request {minute}")],
        "attributes.llm.output_messages": [message("assistant", f"Draft {minute}")],
    }
    return found | ({"attributes.session.id": session} if session else {})


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    held = io.BytesIO()
    pl.DataFrame(rows).write_parquet(held)
    return held.getvalue()


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    return write_drop(tmp_path / "drops", [conversation("c1"), conversation("c2")])


def _built(tmp_path: Path, drops: Path) -> Warehouse:
    warehouse = landed(tmp_path / "home", drops)
    warehouse.build("conversations", DAYS)
    return warehouse


def _labels(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.read("label_logs").sort("line").select(LABELS).rows()


def _verdicts(
    warehouse: Warehouse, asked: Rubric, annotator: str | None = None
) -> list[tuple[Any, ...]]:
    found = warehouse.read("recorded_verdicts", DAYS, recorded_fragments(asked, annotator))
    return found.sort("conversation_id", "metric").select(VERDICTS).rows()


def test_a_page_of_the_langfuse_api_is_landed_score_by_score(tmp_path: Path, drops: Path) -> None:
    page = {
        "data": [
            _score("c1"),
            _score(None, 0, sessionId="c2", source="ANNOTATION", authorUserId="a1"),
            _score("c2", dataType="TEXT", value=0, stringValue=QUOTE),
            _score(None),
        ],
        "meta": {"page": 1, "limit": 50, "totalItems": 4, "totalPages": 1},
    }
    write_file(drops, "labels-langfuse.json", json.dumps(page, indent=1).encode())
    warehouse = _built(tmp_path, drops)
    assert _labels(warehouse) == [
        ("c1", "robotic", "langfuse", "llm", "1", None),
        ("c2", "robotic", "a1", "human", "0", None),
        (None, None, None, None, None, None),
        (None, None, None, None, None, None),
    ]
    reasons = warehouse.read("label_logs").sort("line")["reject_reason"].to_list()
    assert reasons == [None, None, "wrong_type", "missing_field"]
    assert _verdicts(warehouse, rubric()) == [("c1", "robotic", "langfuse", "true", 1.0)]
    warehouse.build("human_labels", fragments=label_fragments(rubric()))
    assert warehouse.read("human_labels").rows() == [("c2", "robotic", False, 1)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels-scores.jsonl", json_lines),
        ("labels-scores.csv", _csv),
        ("labels-scores.parquet", _parquet),
    ],
)
def test_exports_of_langfuse_are_landed_from_every_kind_of_file(
    tmp_path: Path, drops: Path, name: str, content: Any
) -> None:
    rows = [
        {
            "id": "score", "timestamp": "2026-01-06 08:00:00.000000", "project_id": "p",
            "trace_id": trace, "observation_id": None, "session_id": None, "name": "tone",
            "value": index, "source": "EVAL", "comment": QUOTE, "data_type": "CATEGORICAL",
            "string_value": tone,
        }
        for trace, index, tone in (("c1", 2, "cold"), ("c2", 1, "warm"))
    ]  # fmt: skip
    write_file(drops, name, content(rows))
    warehouse = _built(tmp_path, drops)
    assert [row[-2] for row in _labels(warehouse)] == ["cold", "warm"]
    cold = rubric(
        metrics=[metric("robotic", recorded={"metric": "tone", "value": "cold"})], tiers=[]
    )
    assert _verdicts(warehouse, cold) == [
        ("c1", "robotic", "langfuse", "true", 1.0),
        ("c2", "robotic", "langfuse", "false", 1.0),
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("labels-phoenix.csv", _csv), ("labels-phoenix.parquet", _parquet)]
)
def test_the_annotations_dataframe_of_phoenix_is_landed(
    tmp_path: Path, drops: Path, name: str, content: Any
) -> None:
    rows = [
        {
            "span_id": span, "annotation_name": "robotic", "annotator_kind": kind,
            "identifier": by, "source": "API", "result.label": None, "result.score": score,
            "result.explanation": QUOTE, "session_id": session,
        }
        for span, session, kind, by, score in (
            ("sp-1", "c1", "LLM", "", 1.0),
            ("sp-2", "c2", "CODE", "rules-2", 0.0),
            ("sp-3", "c2", "LLM", "", None),  # a note: only an explanation
        )
    ]  # fmt: skip
    write_file(drops, name, content(rows))
    warehouse = _built(tmp_path, drops)
    assert _labels(warehouse)[:2] == [
        ("c1", "robotic", "phoenix", "llm", "1.0", None),
        ("c2", "robotic", "rules-2", "program", "0.0", None),
    ]
    reasons = warehouse.read("label_logs").sort("line")["reject_reason"].to_list()
    assert reasons == [None, None, "missing_field"]
    assert _verdicts(warehouse, rubric()) == [
        ("c1", "robotic", "phoenix", "true", 1.0),
        ("c2", "robotic", "rules-2", "false", 1.0),
    ]


def test_a_table_without_any_column_that_names_a_conversation_is_unreadable(
    tmp_path: Path, drops: Path
) -> None:
    write_file(drops, "labels.csv", b"id,name,value\n1,robotic,1\n")
    entry = landed(tmp_path / "home", drops).read("log_files").sort("kind").row(1, named=True)
    assert entry["status"] == "unreadable"
    assert "line 1: its header has no conversation_id" in entry["error"]


def test_an_outcome_table_still_needs_a_conversation_id(tmp_path: Path, drops: Path) -> None:
    write_file(drops, "outcomes.csv", b"session_id,outcome,value\nc1,hired,1\n")
    entry = landed(tmp_path / "home", drops).read("log_files").sort("kind").row(1, named=True)
    assert entry["status"] == "unreadable"


def test_a_score_of_a_trace_reaches_the_session_the_trace_belongs_to(tmp_path: Path) -> None:
    drops = write_drop(
        tmp_path / "drops",
        [_span("t-1", "s-1"), _span("t-2", "s-1", 1), _span("t-3", None, 2)],
    )
    rows = [
        _annotation("sp-1", "no", trace_id="t-1"),
        _annotation("sp-2", "yes", trace_id="t-2"),
        _annotation("sp-3", "no", trace_id="t-3"),  # the trace is the conversation
        _annotation("sp-2", "yes", trace_id="t-2", annotator_kind="HUMAN"),
    ]
    write_file(drops, "labels.jsonl", json_lines(rows))
    warehouse = _built(tmp_path, drops)
    assert _verdicts(warehouse, rubric()) == [
        ("s-1", "robotic", "phoenix", "true", 1.0),  # of its two traces one is
        ("t-3", "robotic", "phoenix", "false", 1.0),
    ]
    warehouse.build("human_labels", fragments=label_fragments(rubric()))
    assert warehouse.read("human_labels").rows() == [("s-1", "robotic", True, 1)]
    assert warehouse.read("unmatched_labels").is_empty()


def test_an_annotation_of_a_span_reaches_a_conversation_logged_with_the_span(
    tmp_path: Path,
) -> None:
    logs = [conversation("c1", span_id="sp-1"), conversation("c2", attributes={"span_id": "sp-2"})]
    drops = write_drop(tmp_path / "drops", logs)
    rows = [_annotation("sp-1", "yes"), _annotation("sp-2", "no")]
    write_file(drops, "labels.jsonl", json_lines(rows))
    assert _verdicts(_built(tmp_path, drops), rubric()) == [
        ("c1", "robotic", "phoenix", "true", 1.0),
        ("c2", "robotic", "phoenix", "false", 1.0),
    ]


def test_a_label_counts_once_in_a_conversation_of_many_calls(tmp_path: Path) -> None:
    calls = [_span("t-1", None, minute) for minute in range(3)]  # three calls of one trace
    drops = write_drop(tmp_path / "drops", calls, labels=[label("t-1")])
    warehouse = _built(tmp_path, drops)
    warehouse.build("human_labels", fragments=label_fragments(rubric()))
    assert warehouse.read("human_labels").rows() == [("t-1", "robotic", True, 1)]


def test_labels_of_no_logged_conversation_are_counted_by_annotator(
    tmp_path: Path, drops: Path
) -> None:
    rows = [
        _score("c1"),
        _score("t-9"),
        _score("t-9", name="polite"),
        _annotation("sp-9"),
        {"metric": "robotic"},  # refused: not among them
    ]
    write_file(drops, "labels.jsonl", json_lines(rows))
    assert _built(tmp_path, drops).read("unmatched_labels").rows() == [
        ("llm", "langfuse", 2, 1),
        ("llm", "phoenix", 1, 1),
    ]


def test_the_least_sure_of_the_turns_that_made_an_answer_is_its_confidence(
    tmp_path: Path,
) -> None:
    turns = {
        "c1": [("1", "0.9"), ("1", "0.6"), ("0", "0.2")],  # true: the no of 0.2 did not make it
        "c2": [("0", "0.7"), ("0", ""), ("unsure", "0.1")],  # false
        "c3": [("1", ""), ("0", "0.3")],  # true, and none is given for it
        "c4": [("n/a", "0.5"), ("unsure", "0.4")],  # not applicable
        "c5": [("unsure", "0.4")],  # no answer
    }
    labels = [
        label(name, annotator_kind="llm", turn=turn, value=value, confidence=confidence)
        for name, answers in turns.items()
        for turn, (value, confidence) in enumerate(answers)
    ]
    drops = write_drop(tmp_path / "drops", [conversation(name) for name in turns], labels=labels)
    found = {row[0]: row[3:] for row in _verdicts(_built(tmp_path, drops), rubric())}
    assert found == {
        "c1": ("true", 0.6),
        "c2": ("false", 0.7),
        "c3": ("true", 1.0),
        "c4": ("not_applicable", 0.5),
        "c5": ("unscored", None),
    }


def test_a_confidence_that_is_no_share_refuses_the_row(tmp_path: Path, drops: Path) -> None:
    write_drop(drops, labels=[label("c1", confidence="0.5"), label("c2", confidence="50")])
    logs = landed(tmp_path / "home", drops).read("label_logs").sort("line")
    assert logs.select("confidence", "reject_reason").rows() == [
        (0.5, None),
        (None, "not_a_number"),
    ]


def test_verdicts_of_one_annotator_are_read_alone(tmp_path: Path, drops: Path) -> None:
    labels = [
        label("c1", annotator="o'neill", annotator_kind="llm", value="1"),
        label("c1", annotator="langfuse", annotator_kind="llm", value="0"),
        label("c2", annotator="langfuse", annotator_kind="llm", value="0"),
        label("c2", annotator="o'neill", annotator_kind="human", value="1"),
    ]
    write_drop(drops, [conversation("c1"), conversation("c2")], labels=labels)
    warehouse = _built(tmp_path, drops)
    assert _verdicts(warehouse, rubric(), "o'neill") == [
        ("c1", "robotic", "o'neill", "true", 1.0),
    ]
    assert _verdicts(warehouse, rubric(), "langfuse") == [
        ("c1", "robotic", "langfuse", "false", 1.0),
        ("c2", "robotic", "langfuse", "false", 1.0),
    ]
    assert _verdicts(warehouse, rubric(), "nobody") == []
    assert _verdicts(warehouse, rubric()) == [
        ("c1", "robotic", "langfuse, o'neill", "true", 1.0),
        ("c2", "robotic", "langfuse", "false", 1.0),
    ]


def test_an_annotator_named_for_a_metric_and_another_asked_for_give_nothing(
    tmp_path: Path, drops: Path
) -> None:
    source = {"metric": "robotic", "annotator": "langfuse"}
    asked = rubric(metrics=[metric("robotic", recorded=source)], tiers=[])
    write_drop(drops, [conversation("c1")], labels=[label(annotator="o", annotator_kind="llm")])
    assert _verdicts(_built(tmp_path, drops), asked, "o") == []


def test_no_text_of_a_score_gets_into_the_warehouse(tmp_path: Path, drops: Path) -> None:
    write_file(drops, "labels.jsonl", json_lines([_score("c1"), _annotation("c2")]))
    warehouse = _built(tmp_path, drops)
    assert warehouse.read("label_logs")["reject_reason"].to_list() == [None, None]
    assert QUOTE not in str(warehouse.read("label_logs").rows())
