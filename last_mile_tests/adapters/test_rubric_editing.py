"""A metric is written into a rubric's file: what is added, what stays, what is refused."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.rubric_editing import add_metric
from last_mile.adapters.rubric_file import SHIPPED, load_rubric
from last_mile.adapters.rubric_text import CannotAppendError
from last_mile.core.failure_modes import Proposal, metric_yaml
from last_mile.core.heuristics import heuristic_flags
from last_mile.errors import UserError
from last_mile_tests.demo.frames import SCHEMA

TODAY = date(2026, 6, 1)
ENTRY = Proposal("final_output", ("kind", "regards")).metric(TODAY, "ann")
HEAD = """\
# a comment
name: small
version: 1
outcomes:
  - {id: hired, horizon_days: 10}
"""
ROBOTIC = """\
- id: robotic
  kind: judge   # by a model
  question: Does it sound robotic?
  prior: {sign: -1, author: team, date: 2025-12-01}
"""
POLITE = ROBOTIC.replace("robotic", "polite")
TAIL = """\
tiers:
  - {tier: best, when: polite and not robotic, train: desirable}
"""


def _indented(text: str, spaces: int) -> str:
    return "".join(" " * spaces + line for line in text.splitlines(keepends=True))


def _rubric(folder: Path, text: str) -> Path:
    path = folder / "my.yaml"
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A rubric of two metrics."""
    return _rubric(tmp_path, HEAD + "metrics:\n" + _indented(ROBOTIC + POLITE, 2) + TAIL)


@pytest.mark.parametrize("spaces", [0, 2, 4])
def test_the_metric_stands_behind_the_last_one_and_nothing_else_changes(
    tmp_path: Path, spaces: int
) -> None:
    listed = "metrics:\n" + _indented(ROBOTIC + POLITE, spaces)
    path = _rubric(tmp_path, HEAD + listed + TAIL)
    added = add_metric(path, ENTRY)
    assert path.read_text() == HEAD + listed + metric_yaml(ENTRY, spaces) + TAIL
    # 5 lines of head, `metrics:`, 2 metrics of 4 lines
    assert (added.path, added.line, added.metric_id) == (path, 15, "says_kind_regards")
    rubric = load_rubric(path)
    assert [metric.id for metric in rubric.metrics] == ["robotic", "polite", "says_kind_regards"]
    prior = rubric.metrics[-1].prior
    assert (prior.sign, prior.author, prior.date, prior.exploratory) == (-1, "ann", TODAY, True)


LISTED = "metrics:\n" + _indented(ROBOTIC + POLITE, 2)
NEW = metric_yaml(ENTRY)


@pytest.mark.parametrize(
    ("before", "lead", "after"),
    [
        pytest.param(HEAD + LISTED, "", "", id="last section"),
        pytest.param((HEAD + LISTED)[:-1], "\n", "", id="no newline at the end"),
        pytest.param(HEAD + LISTED, "", "\n# -- tiers\n" + TAIL, id="comment of what follows"),
        pytest.param(HEAD + LISTED + "    # it is polite\n", "", TAIL, id="comment of the metric"),
        pytest.param(HEAD + LISTED + "\n\n    # polite", "\n", "", id="comment ends the file"),
        pytest.param(HEAD + LISTED, "", "  # the end\n" + TAIL, id="comment of the list"),
        pytest.param(
            HEAD + "metrics:\n" + _indented(ROBOTIC + "\n" + POLITE, 2), "\n", "\n" + TAIL,
            id="blank lines between",
        ),
        pytest.param(
            HEAD + "metrics:\n" + _indented(ROBOTIC + "\n# about\n" + POLITE, 2), "\n", TAIL,
            id="blank line above a comment",
        ),
        pytest.param(
            HEAD + LISTED + "    not_applicable: |\n      no text\n      at all\n", "", TAIL,
            id="a block of text ends it",
        ),
        pytest.param(
            HEAD + LISTED + "    not_applicable: no\n      text # said\n", "", TAIL,
            id="a text of two lines ends it",
        ),
        pytest.param(
            HEAD + LISTED + "    adjust:\n    - hidden\n  - id: hidden\n    kind: heuristic\n"
            "    question: Was it hidden?\n    prior: {sign: 0, author: a, date: 2025-12-01}\n"
            "    rule: words_over\n    params:\n      words: 3", "\n", "",
            id="lists inside a metric",
        ),
        pytest.param(
            HEAD + LISTED.replace("  - id: polite", "  - adjust:\n\n    - robotic\n    id: polite"),
            "", TAIL, id="a blank line in a list inside",
        ),
        pytest.param(
            "\ufeff---\n" + HEAD + LISTED.replace("metrics:", "'metrics': &all # these"), "",
            "...\n", id="marks of documents and an anchor",
        ),
        pytest.param(
            HEAD + "about: '\n  metrics:\n  - none'\n" + LISTED.replace("- id: r", "-\n    id: r"),
            "", TAIL, id="a text that looks like a list",
        ),
    ],
)  # fmt: skip
def test_comments_and_layout_are_kept(tmp_path: Path, before: str, lead: str, after: str) -> None:
    path = _rubric(tmp_path, before + after)
    added = add_metric(path, ENTRY)
    assert path.read_bytes().decode() == before + lead + NEW + after
    assert path.read_text().splitlines()[added.line - 1] == "  - id: says_kind_regards"


def test_a_file_with_carriage_returns_keeps_them_everywhere(tmp_path: Path) -> None:
    text = (HEAD + LISTED + TAIL).replace("\n", "\r\n")
    path = _rubric(tmp_path, text)
    add_metric(path, ENTRY)
    assert path.read_bytes().decode() == (HEAD + LISTED + NEW + TAIL).replace("\n", "\r\n")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("it's: {a} # b", id="yaml"),
        pytest.param("\"quoted\" 'twice' [x", id="quotes"),
        pytest.param("\U0001f642 *merci* &co", id="emoji"),
        pytest.param("- id: evil %TAG !x", id="an entry"),
    ],
)
def test_hostile_words_are_one_text_and_the_rule_finds_them(small: Path, words: str) -> None:
    params = Proposal("final_output", tuple(words.split(" "))).params
    pattern = params["pattern"].replace(r"\b", "")  # of letters only
    entry = {**ENTRY, "question": f"Is it “{words}”?", "params": {**params, "pattern": pattern}}
    add_metric(small, entry)
    metric = load_rubric(small).metrics[-1]
    assert metric.question == f"Is it “{words}”?"
    texts = [f"So {words}, bye", "So long"]
    assert _flags(metric.id, metric.rule or "", metric.params, texts) == ["true", "false"]


def test_an_accepted_metric_flags_the_texts_with_its_words(small: Path) -> None:
    add_metric(small, ENTRY)
    metric = load_rubric(small).metrics[-1]
    texts = ["Bye.\nKind   regards, Ann", "KIND REGARDS", "kindregards", "of a kind. Regards"]
    found = _flags(metric.id, metric.rule or "", metric.params, texts)
    assert found == ["true", "true", "false", "false"]


def _flags(name: str, rule: str, params: dict[str, Any], outputs: list[str]) -> list[str]:
    rows = [{"conversation_id": f"c{i}", "final_output": text} for i, text in enumerate(outputs)]
    frame = pl.DataFrame(rows, schema_overrides=SCHEMA)
    whole = frame.with_columns(
        pl.lit(None, dtype).alias(column)
        for column, dtype in SCHEMA.items()
        if column not in frame.columns
    )
    return heuristic_flags(whole, [(name, rule, params)])["flag"].to_list()


def test_a_link_stays_one_and_the_mode_is_kept(small: Path, tmp_path: Path) -> None:
    small.chmod(0o640)
    link = tmp_path / "linked.yaml"
    link.symlink_to(small)
    assert add_metric(link, ENTRY).path == link
    assert link.is_symlink()
    assert stat.S_IMODE(small.stat().st_mode) == 0o640
    assert "says_kind_regards" in small.read_text()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["linked.yaml", "my.yaml"]


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
    path = _rubric(tmp_path, HEAD + strata + LISTED)
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
            HEAD + "? metrics\n: " + _indented(ROBOTIC, 2).strip() + "\n",
            "something stands before its dashes", False, id="a dash behind a colon",
        ),
        pytest.param(
            HEAD + "<<:\n  metrics: &them\n" + _indented(ROBOTIC, 2) + "metrics: *them\n",
            "its list is an alias", False, id="alias",
        ),
        pytest.param(
            HEAD + "<<:\n  metrics:\n" + _indented(ROBOTIC, 2), "no list of metrics of its own",
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
    path = _rubric(tmp_path, text)
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
