"""Answers of people on their way back: every form they come in, and what is wrong with a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from last_mile.adapters.labels import Imported, import_labels, plan_labels
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli.labels import labels
from last_mile.errors import UserError
from last_mile_tests.adapters.judged import grid, installed, judged_rubric, land_labels
from last_mile_tests.adapters.test_label_plan import NOW
from last_mile_tests.scenario import json_lines

SECRET = "Dear client, I can start today."  # said in every conversation
ROWS = grid({(True, True): 3, (False, False): 3})
PLAIN = [
    {"conversation_id": "c0", "metric": "robotic", "question": "Is it robotic?", "value": "yes"},
    {"conversation_id": "c1", "metric": "robotic", "question": "Is it robotic?", "value": "No"},
    {"conversation_id": "c2", "metric": "robotic", "question": "Is it robotic?", "value": ""},
]


@pytest.fixture(scope="module")
def shared_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return installed(tmp_path_factory.mktemp("judged"), ROWS)


@pytest.fixture
def warehouse(shared_warehouse: Warehouse) -> Iterator[Warehouse]:
    """One for all tests that only write label drops; these are taken away after each."""
    yield shared_warehouse
    for file in _drops(shared_warehouse).glob("labels*"):
        file.unlink()


def _drops(warehouse: Warehouse) -> Path:
    return Path(warehouse.installation.settings().drops)


def _csv(rows: Sequence[dict[str, Any]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _task(name: str, *annotations: dict[str, Any], metric: str = "robotic") -> dict[str, Any]:
    """A task of Label Studio's JSON export, as labelstud.io/guide/task_format shows it."""
    data = {"conversation_id": name, "metric": metric, "question": "Is it robotic?",
            "dialogue": [{"author": "assistant", "text": SECRET}]}  # fmt: skip
    return {
        "id": 1, "created_at": "2026-03-09T21:52:49.513742Z", "project": 83, "data": data,
        "updated_at": "2026-03-09T22:16:08.746926Z", "predictions": [], "meta": {},
        "annotations": list(annotations),
    }  # fmt: skip


def _annotation(*choices: str, by: Any = 7, **over: Any) -> dict[str, Any]:
    result = {"id": "Dx_aB91ISN", "from_name": "value", "to_name": "dialogue", "type": "choices",
              "origin": "manual", "value": {"choices": list(choices)}}  # fmt: skip
    return {
        "id": 1001, "completed_by": by, "result": [result] if choices else [],
        "was_cancelled": False, "ground_truth": False, "lead_time": 4.288, "task": 1,
        "created_at": "2026-03-09T22:16:08.728353Z", **over,
    }  # fmt: skip


def _minimal(name: str, value: Any, **over: Any) -> dict[str, Any]:
    """A record of its JSON-MIN export: the data, the answer by its control's name, who and when."""
    return {
        "conversation_id": name, "metric": "robotic", "question": "Is it robotic?",
        "dialogue": [{"author": "assistant", "text": SECRET}], "id": 1, "value": value,
        "annotator": 7, "annotation_id": 1001, "created_at": "2026-03-09T22:16:08.728353Z",
        "updated_at": "2026-03-09T22:16:08.728378Z", "lead_time": 4.288, **over,
    }  # fmt: skip


def _given(warehouse: Warehouse, name: str, content: bytes, who: str | None = None) -> Imported:
    file = warehouse.installation.home.parent / name
    file.write_bytes(content)
    return import_labels(warehouse, file, who)


def _written(imported: Imported) -> list[dict[str, str]]:
    return [json.loads(line) for line in imported.file.read_text().splitlines()]


def _said(imported: Imported) -> list[tuple[str, str, str]]:
    return [(row["conversation_id"], row["value"], row["annotator"]) for row in _written(imported)]


# --- forms


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("answers.csv", _csv(PLAIN)),
        ("answers.csv", b"\xef\xbb\xbf" + _csv(PLAIN).replace(b"\n", b"\r\n")),
        ("answers.tsv", _csv(PLAIN, "\t")),
        ("answers.jsonl", json_lines(PLAIN)),
        ("answers.json", json.dumps(PLAIN).encode()),
    ],
    ids=["csv", "csv_of_a_spreadsheet", "tsv", "jsonl", "json"],
)
def test_the_plan_filled_in(warehouse: Warehouse, name: str, content: bytes) -> None:
    imported = _given(warehouse, name, content, "ann")
    assert _written(imported)[0] == {
        "conversation_id": "c0", "metric": "robotic", "annotator": "ann",
        "annotator_kind": "human", "value": "1",
    }  # fmt: skip
    assert _said(imported) == [("c0", "1", "ann"), ("c1", "0", "ann")]
    assert (imported.empty, imported.repeated, imported.known) == (1, 0, False)
    assert imported.said == {("robotic", True): 1, ("robotic", False): 1}


def test_tasks_of_label_studio(warehouse: Warehouse) -> None:
    tasks = [
        _task("c0", _annotation("yes"), _annotation("no", by={"id": 8, "email": "b@example.org"})),
        _task("c1", _annotation("no")),
        _task("c2", _annotation("yes", was_cancelled=True)),  # skipped
        _task("c3", _annotation()),  # sent in without a choice
        _task("c4"),  # nobody looked
    ]
    imported = _given(warehouse, "project-1.json", json.dumps(tasks).encode())
    assert _said(imported) == [("c0", "1", "7"), ("c0", "0", "b@example.org"), ("c1", "0", "7")]
    assert imported.empty == 3


def test_completions_of_early_label_studio(warehouse: Warehouse) -> None:
    task = _task("c0")
    task["completions"] = [_annotation("yes"), _annotation("no", skipped=True)]
    del task["annotations"]
    imported = _given(warehouse, "tasks.json", json.dumps(task).encode())
    assert (_said(imported), imported.empty) == ([("c0", "1", "7")], 1)


def test_json_min_of_label_studio(warehouse: Warehouse) -> None:
    unanswered = {k: v for k, v in _minimal("c2", None).items() if k != "value"}
    rows = [_minimal("c0", "yes"), _minimal("c1", "no", annotator="b@example.org"), unanswered]
    imported = _given(warehouse, "min.json", json.dumps(rows).encode())
    assert _said(imported) == [("c0", "1", "7"), ("c1", "0", "b@example.org")]
    assert imported.empty == 1


def test_csv_of_label_studio(warehouse: Warehouse) -> None:
    long = json.dumps([{"author": "user", "text": "x" * 200_000}])  # longer than csv's own limit
    rows = [
        {**_minimal("c0", "yes"), "dialogue": long}, {**_minimal("c1", "no"), "dialogue": "[]"},
    ]  # fmt: skip
    assert _said(_given(warehouse, "project.csv", _csv(rows))) == [
        ("c0", "1", "7"),
        ("c1", "0", "7"),
    ]


def test_what_last_mile_writes_can_be_filled_in_and_given_back(tmp_path: Path) -> None:
    warehouse, out = installed(tmp_path, ROWS), tmp_path / "tasks.json"
    plan_labels(warehouse, out, NOW, form="label-studio")
    tasks = [{**task, "annotations": [_annotation("no")]} for task in json.loads(out.read_text())]
    _given(warehouse, "export.json", json.dumps(tasks).encode())
    assert land_labels(warehouse) == {f"c{i}": False for i in range(6)}


# --- the label drop


def test_the_same_file_twice_changes_nothing(warehouse: Warehouse) -> None:
    first = _given(warehouse, "labels week 1.csv", _csv(PLAIN), "ann")
    before = first.file.stat()
    again = _given(warehouse, "labels week 1.csv", _csv(PLAIN), "ann")
    assert (again.file, again.known) == (first.file, True)
    assert first.file.stat().st_mtime_ns == before.st_mtime_ns
    assert first.file.stat().st_ino == before.st_ino
    assert first.file.name.startswith("labels-week-1-")
    assert len(list(first.file.parent.glob("labels*"))) == 1


def test_another_annotator_of_the_same_file_replaces_the_first(warehouse: Warehouse) -> None:
    first = _given(warehouse, "a.csv", _csv(PLAIN), "ann")
    second = _given(warehouse, "a.csv", _csv(PLAIN), "bob")
    assert (second.file, second.known) == (first.file, False)
    assert {who for _, _, who in _said(second)} == {"bob"}


def test_no_text_of_a_conversation_gets_into_the_drop(warehouse: Warehouse) -> None:
    imported = _given(warehouse, "p.json", json.dumps([_task("c0", _annotation("yes"))]).encode())
    assert SECRET not in imported.file.read_text()
    assert "robotic?" not in imported.file.read_text()


def test_the_same_answer_twice_is_one_label(warehouse: Warehouse) -> None:
    imported = _given(warehouse, "a.csv", _csv([*PLAIN, PLAIN[0]]))
    assert (len(_said(imported)), imported.repeated) == (2, 1)


def test_nobody_known_is_called_unknown(warehouse: Warehouse) -> None:
    assert {who for _, _, who in _said(_given(warehouse, "a.csv", _csv(PLAIN)))} == {"unknown"}


def test_labels_go_where_the_rubric_takes_them_from(tmp_path: Path) -> None:
    asked = judged_rubric(labels={"metric": "stiff", "annotator": "expert"})
    warehouse = installed(tmp_path, ROWS, asked)
    with pytest.raises(UserError, match="counts labels of `expert` alone"):
        _given(warehouse, "a.csv", _csv(PLAIN), "ann")
    imported = _given(warehouse, "a.csv", _csv(PLAIN), "expert")
    assert [row["metric"] for row in _written(imported)] == ["stiff", "stiff"]
    assert land_labels(warehouse) == {"c0": True, "c1": False}


def test_a_value_of_its_own_stands_for_yes(tmp_path: Path) -> None:
    asked = judged_rubric(labels={"metric": "robotic", "value": "stiff"})
    warehouse = installed(tmp_path, ROWS, asked)
    assert _said(_given(warehouse, "a.csv", _csv(PLAIN)))[0][1] == "stiff"
    assert land_labels(warehouse) == {"c0": True, "c1": False}


# --- what is wrong with a file


def _broken(over: dict[str, Any]) -> bytes:
    return _csv([PLAIN[0], {**PLAIN[1], **over}])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", _broken({"value": SECRET}), "row 2: value is neither yes nor no; write yes or"),
        ("a.csv", _broken({"metric": "tone"}), "row 2: metric is none of the rubric; use one of"),
        ("a.csv", _broken({"conversation_id": ""}), "row 2: conversation_id is missing; keep it"),
        ("a.csv", _broken({"conversation_id": "zz"}), "row 2: conversation_id is not one of this"),
        ("a.csv", _csv([*PLAIN, {**PLAIN[0], "value": "0"}]), "row 4: value contradicts row 1"),
        ("a.csv", _csv([{"conversation_id": "c0", "metric": "robotic"}]), "no column `value`"),
        ("a.csv", _csv([{"id": "c0", "value": "1"}]), "column conversation_id is missing"),
        ("a.csv", _csv([PLAIN[2]]), "all 1 values are empty; fill in yes or no first"),
        ("a.csv", b"", "column conversation_id is missing"),
        ("a.csv", "é".encode("latin-1"), "is not in UTF-8; save it as UTF-8"),
        ("a.jsonl", b'{"value": 1}\n{"value"', "line 2 is no JSON; export or save it again"),
        ("a.jsonl", b"[1]\n", "line 1 is no object with fields"),
        ("a.json", b"[1, 2]", "task 1 is no object with fields"),
        ("a.json", b"[" * 100_000, "the file is no JSON"),
        ("a.xlsx", b"PK", "not a label file by its name; give one of .csv"),
        ("a.json", json.dumps([_task("c0", _annotation("yes", "no"))]).encode(),
         "task 1, annotation 1: value is neither yes nor no"),
        ("a.json", json.dumps([_task("c0", _annotation("yes"), metric="")]).encode(),
         "task 1, annotation 1: metric is missing"),
    ],
    ids=["neither", "metric", "no_id", "unknown_id", "contradiction", "no_value", "no_ids", "empty",
         "nothing", "latin", "half_json", "no_object", "no_task", "deep", "excel", "two_choices",
         "no_metric"],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_where_and_how_to_mend_it(
    warehouse: Warehouse, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(UserError) as error:
        _given(warehouse, name, content)
    assert message in str(error.value)
    assert SECRET not in str(error.value)
    assert [file.name for file in _drops(warehouse).iterdir()] == ["conversations.jsonl"]


def test_a_file_that_is_not_there(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        import_labels(warehouse, tmp_path / "none.csv")


def test_many_problems_are_counted(warehouse: Warehouse) -> None:
    with pytest.raises(UserError, match=r"row 3: .*; and 2 more\. Nothing was imported"):
        _given(warehouse, "a.csv", _csv([{**PLAIN[0], "value": "maybe"}] * 5))


# --- the command


def test_the_command_prints_counts_and_what_is_next(warehouse: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(_csv(PLAIN))
    command = ["import", str(file), "--home", str(warehouse.installation.home)]
    done = CliRunner().invoke(labels, command, catch_exceptions=False)
    assert ["robotic", "1", "1"] in [line.split() for line in done.output.splitlines()]
    assert "2 labels, 1 without an answer, 0 said twice." in done.output
    assert "Next: last-mile run" in done.output
    again = CliRunner().invoke(labels, command, catch_exceptions=False)
    assert "holds them already; nothing changed" in again.output
