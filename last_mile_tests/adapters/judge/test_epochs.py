"""Epochs: what opens a new one and what does not, and that an old one can still be named."""

from __future__ import annotations

from pathlib import Path

import pytest

from last_mile.adapters.judge.comparison import compare_groupings
from last_mile.adapters.rubric_file import load_rubric
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.prompt import PROMPT_VERSION
from last_mile_tests.adapters.judge.test_grouping_command import NOW
from last_mile_tests.adapters.judge.world import (
    NEXT_DAYS,
    asking,
    change,
    flags,
    judge,
    judged_world,
    said,
    use_rubric,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.scenario import DAY

PLAIN = """
name: small
version: 1
outcomes: [{id: hired, horizon_days: 10}]
metrics:
  - id: robotic
    kind: judge
    question: Does the answer sound robotic to the person who asked?
    not_applicable: when there is no answer
    prior: {sign: -1, author: team, date: 2025-12-01}
"""
REFORMATTED = """
# A comment, other quotes, another order of keys, lines broken elsewhere, an anchor.
version: 1
name: "small"
metrics:
- prior:
    author: 'team'
    date: 2025-12-01   # the day
    sign: -1
  not_applicable: >-
    when there
    is no answer
  question: "Does the answer sound robotic
    to the person who asked?"
  kind: &kind judge
  id: robotic
outcomes:
- horizon_days: 10
  id: hired
"""
FOLDED = PLAIN.replace(
    "question: Does the answer sound robotic to the person who asked?",
    "question: >\n      Does the answer sound robotic\n      to the person who asked?",
)


def _epoch(folder: Path, text: str) -> str:
    file = folder / "rubric.yaml"
    file.write_text(text, encoding="utf-8")
    return epoch_of(load_rubric(file), "rules")


@pytest.mark.parametrize("text", [REFORMATTED, FOLDED], ids=["reformatted", "folded"])
def test_a_file_that_is_written_in_another_way_is_of_the_same_epoch(
    tmp_path: Path, text: str
) -> None:
    assert _epoch(tmp_path, PLAIN) == _epoch(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Does the answer sound", "Does the reply sound"),
        ("there is no answer", "there was no answer"),
    ],
    ids=["question", "not_applicable"],
)
def test_one_changed_word_opens_a_new_epoch(tmp_path: Path, old: str, new: str) -> None:
    assert old in PLAIN
    assert _epoch(tmp_path, PLAIN) != _epoch(tmp_path, PLAIN.replace(old, new))


def test_verdicts_note_what_their_epoch_is(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 3, lines=[said(7, day=6)])
    judge(warehouse)
    (noted,) = warehouse.read("judge_epochs").to_dicts()
    assert noted["epoch"] in set(warehouse.read("judge_verdicts")["epoch"])
    assert (noted["judge"], noted["prompt_version"]) == ("openai/gpt-4o-mini", PROMPT_VERSION)
    assert (noted["grouping"], noted["rubric"], noted["rubric_version"]) == ("all", "small", 1)
    assert (noted["first_day"], noted["last_day"], noted["n_conversations"]) == (DAY, DAY, 3)
    judge(warehouse, "r2", NEXT_DAYS)
    (noted,) = warehouse.read("judge_epochs").to_dicts()
    assert (noted["first_day"], noted["n_conversations"]) == (DAY, 4)
    assert noted["last_day"] == NEXT_DAYS.start


def test_a_judge_that_cannot_be_used_leaves_no_epoch(tmp_path: Path, server: JudgeServer) -> None:
    server.faults = ["401"] * 50
    warehouse = judged_world(tmp_path, 3)
    with pytest.raises(Exception, match="refuses every call"):
        judge(warehouse)
    assert warehouse.read("judge_epochs").is_empty()


def test_an_old_epoch_is_named_when_nothing_else_says_what_it_was(tmp_path: Path) -> None:
    warehouse = judged_world(tmp_path, 3, judge="rules")
    judge(warehouse)
    old = flags(warehouse)["epoch"][0]
    use_rubric(tmp_path, {**asking("polite", "brief", grouping="one"), "name": "other"})
    judge(warehouse, "r2")
    newest, oldest = warehouse.read("epochs").sort("n_flagged").to_dicts()
    assert (oldest["epoch"], oldest["rubric"], oldest["grouping"]) == (old, "small", "all")
    assert (newest["rubric"], newest["grouping"], newest["n_flagged"]) == ("other", "one", 0)
    assert newest["metrics_hash"] != oldest["metrics_hash"]
    assert (oldest["n_conversations"], oldest["n_flagged"], oldest["n_days_flagged"]) == (3, 3, 1)


def test_every_grouping_of_a_comparison_is_noted(tmp_path: Path) -> None:
    warehouse = judged_world(tmp_path, 20, judge="rules", rubric=asking("polite", "wordy", "brief"))
    compare_groupings(warehouse, ("all", 2), 20, "g1", NOW)
    noted = warehouse.read("judge_epochs")
    assert set(noted["grouping"]) == {"all", "one", "2"}
    assert noted["epoch"].n_unique() == 3
    change(warehouse, judge="openai/gpt-4o-mini")
    assert noted.equals(warehouse.read("judge_epochs"))
