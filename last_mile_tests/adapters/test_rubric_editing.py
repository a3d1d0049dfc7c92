"""A metric is written into a rubric's file: what is added, and that all else stays."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.rubric_editing import add_metric
from last_mile.adapters.rubric_file import load_rubric
from last_mile.core.failure_modes import Proposal, metric_yaml
from last_mile.core.heuristics import heuristic_flags
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
from last_mile_tests.demo.frames import SCHEMA


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A rubric of two metrics."""
    return rubric_file(tmp_path, HEAD + "metrics:\n" + indented(ROBOTIC + POLITE, 2) + TAIL)


@pytest.mark.parametrize("spaces", [0, 2, 4])
def test_the_metric_stands_behind_the_last_one_and_nothing_else_changes(
    tmp_path: Path, spaces: int
) -> None:
    listed = "metrics:\n" + indented(ROBOTIC + POLITE, spaces)
    path = rubric_file(tmp_path, HEAD + listed + TAIL)
    added = add_metric(path, ENTRY)
    assert path.read_text() == HEAD + listed + metric_yaml(ENTRY, spaces) + TAIL
    # 5 lines of head, `metrics:`, 2 metrics of 4 lines
    assert (added.path, added.line, added.metric_id) == (path, 15, "says_kind_regards")
    rubric = load_rubric(path)
    assert [metric.id for metric in rubric.metrics] == ["robotic", "polite", "says_kind_regards"]
    prior = rubric.metrics[-1].prior
    assert (prior.sign, prior.author, prior.date, prior.exploratory) == (-1, "ann", TODAY, True)


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
            HEAD + "metrics:\n" + indented(ROBOTIC + "\n" + POLITE, 2), "\n", "\n" + TAIL,
            id="blank lines between",
        ),
        pytest.param(
            HEAD + "metrics:\n" + indented(ROBOTIC + "\n# about\n" + POLITE, 2), "\n", TAIL,
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
    path = rubric_file(tmp_path, before + after)
    added = add_metric(path, ENTRY)
    assert path.read_bytes().decode() == before + lead + NEW + after
    assert path.read_text().splitlines()[added.line - 1] == "  - id: says_kind_regards"


def test_a_file_with_carriage_returns_keeps_them_everywhere(tmp_path: Path) -> None:
    text = (HEAD + LISTED + TAIL).replace("\n", "\r\n")
    path = rubric_file(tmp_path, text)
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
