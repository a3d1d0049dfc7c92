"""A metric that cannot be written into a rubric's file: no byte changes, a sentence says why."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from last_mile.adapters.rubric_editing import add_metric
from last_mile.adapters.rubric_file import SHIPPED, load_rubric
from last_mile.adapters.rubric_text import CannotAppendError
from last_mile.core.failure_modes import Proposal, metric_yaml
from last_mile.errors import UserError
from last_mile_tests.adapters.rubric_texts import (
    ENTRY,
    HEAD,
    LISTED,
    POLITE,
    ROBOTIC,
    TAIL,
    TODAY,
    indented,
    rubric_file,
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A rubric of two metrics."""
    return rubric_file(tmp_path, HEAD + "metrics:\n" + indented(ROBOTIC + POLITE, 2) + TAIL)


def _refused(path: Path, entry: dict[str, Any], out: Path | None = None) -> str:
    """What is said when nothing is written: no byte changes, and no file is left behind."""
    before, there = path.read_bytes(), sorted(path.parent.iterdir())
    with pytest.raises(UserError) as refused:
        add_metric(path, entry, out)
    assert path.read_bytes() == before
    assert sorted(path.parent.iterdir()) == there
    return str(refused.value)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"id": "polite"}, "has a metric or an outcome `polite`"),
        ({"id": "hired"}, "has a metric or an outcome `hired`"),
        ({"id": "Not an id"}, "'Not an id' can be no id of a metric"),
        ({"id": "day"}, "`day` is a column of the tables"),
        ({"params": {"part": "final_output", "pattern": "("}}, "no regular expression"),
    ],
    ids=["metric", "outcome", "no id", "column", "pattern"],
)
def test_a_metric_that_cannot_be_is_refused(small: Path, over: dict[str, Any], says: str) -> None:
    said = _refused(small, {**ENTRY, **over})
    assert says in said
    assert "nothing was written" in said


def test_the_same_question_is_not_added_twice_under_any_id(small: Path) -> None:
    add_metric(small, {**ENTRY, "id": "signs_off"})
    said = _refused(small, ENTRY)
    assert "asks this already, as `signs_off`" in said
    elsewhere = Proposal("user", ("kind", "regards")).metric(TODAY)
    add_metric(small, elsewhere)
    assert [m.id for m in load_rubric(small).heuristics] == ["signs_off", "user_says_kind_regards"]


def test_a_part_that_is_left_out_is_the_final_output(small: Path) -> None:
    pattern = ENTRY["params"]["pattern"]
    add_metric(small, {**ENTRY, "id": "mentions", "params": {"pattern": pattern}})
    assert "as `mentions`" in _refused(small, ENTRY)


def test_a_clash_that_only_the_whole_rubric_shows_is_told_as_one(tmp_path: Path) -> None:
    strata = "strata: [attributes.says_kind_regards]\n"
    path = rubric_file(tmp_path, HEAD + strata + LISTED)
    said = _refused(path, ENTRY)
    assert "with `says_kind_regards` it would not be valid" in said
    assert "second column of its name" in said


FLOW = """\
metrics: [{id: robotic, kind: judge, question: "Is it robotic?",
           prior: {sign: -1, author: a, date: 2025-12-01}}]
"""


@pytest.mark.parametrize(
    ("text", "why", "flow"),
    [
        pytest.param(HEAD + FLOW, "written in brackets", True, id="brackets"),
        pytest.param(
            '{"name": "s", "version": 1, "outcomes": [{"id": "hired", "horizon_days": 3}], '
            '"metrics": [{"id": "rude", "kind": "judge", "question": "Is it rude?", '
            '"prior": {"sign": -1, "author": "a", "date": "2025-12-01"}}]}',
            "written in braces", True, id="JSON",
        ),
        pytest.param(
            HEAD + "? metrics\n: " + indented(ROBOTIC, 2).strip() + "\n",
            "something stands before its dashes", False, id="a dash behind a colon",
        ),
        pytest.param(
            HEAD + "<<:\n  metrics: &them\n" + indented(ROBOTIC, 2) + "metrics: *them\n",
            "its list is an alias", False, id="alias",
        ),
        pytest.param(
            HEAD + "<<:\n  metrics:\n" + indented(ROBOTIC, 2), "no list of metrics of its own",
            False, id="merged",
        ),
        pytest.param(
            (HEAD + LISTED + TAIL).replace("\n", "\r"), "lines end in an unusual way", False,
            id="other line ends",
        ),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_added_to_is_left_alone(
    tmp_path: Path, text: str, why: str, flow: bool
) -> None:
    path = rubric_file(tmp_path, text)
    load_rubric(path)
    with pytest.raises(CannotAppendError, match=why) as refused:
        add_metric(path, ENTRY)
    assert refused.value.flow is flow
    assert path.read_bytes().decode() == text


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("  - {id: kind, kind: judge, question: 'Is it kind?', prior: *p}\n", id="two"),
        pytest.param("strata: [model]\n", id="another section"),
    ],
)
def test_a_text_that_changes_more_than_the_metric_is_not_written(
    small: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    def careless(metric: dict[str, Any], indent: int) -> str:
        return metric_yaml(metric, indent).replace("prior: {", "prior: &p {") + more

    monkeypatch.setattr("last_mile.adapters.rubric_text.metric_yaml", careless)
    assert "more than the metric would change" in _refused(small, ENTRY)


def test_a_rubric_that_is_broken_already_is_told_as_ever(small: Path) -> None:
    small.write_text(small.read_text().replace("version: 1", "version: one"))
    assert "line 3: version" in _refused(small, ENTRY)


@pytest.mark.parametrize("name", ["proposals", str(SHIPPED / "assistant.yaml")])
def test_a_shipped_rubric_is_copied_not_changed(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"shipped with the package .* --out my_rubric.yaml"):
        add_metric(name, ENTRY)
    out = tmp_path / "mine.yaml"
    added = add_metric(name, ENTRY, out)
    assert added.path == out
    before, after = load_rubric(name), load_rubric(out)
    assert after.metrics[:-1] == before.metrics
    assert after.metrics[-1].id == added.metric_id == "says_kind_regards"
    assert "exists" in _refused(out, ENTRY, out)


def test_a_copy_needs_a_folder(small: Path, tmp_path: Path) -> None:
    assert "no such folder" in _refused(small, ENTRY, tmp_path / "none" / "my.yaml")


def test_a_file_that_may_not_be_written_is_left_alone(small: Path) -> None:
    small.chmod(0o444)
    assert "may not be written to" in _refused(small, ENTRY)


@pytest.mark.parametrize("failing", ["fsync", "fchmod"])
def test_a_write_that_fails_leaves_nothing(
    small: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, fail)
    assert "cannot be written (OSError), nothing was written" in _refused(small, ENTRY)


def test_what_somebody_saved_meanwhile_is_not_lost(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync: Callable[[int], None] = os.fsync

    def save_first(descriptor: int) -> None:
        small.write_text(HEAD + LISTED)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", save_first)
    with pytest.raises(UserError, match="was changed meanwhile"):
        add_metric(small, ENTRY)
    assert small.read_text() == HEAD + LISTED
