"""docs/rules_judge.md shows what is measured today, and that agrees with figures made elsewhere.

The sets stand outside the repository; nothing of them is copied here.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from last_mile_tests.measure_rules_judge import (
    Agreement,
    main,
    measure_halueval,
    measure_p4g,
    table,
)

PAGE = Path(__file__).parents[1] / "docs" / "rules_judge.md"


def _rows(lines: list[str], name: str) -> list[str]:
    """The rows of a set among lines of Markdown."""
    return [line for line in lines if line.startswith(f"| {name} |")]


def test_the_page_shows_the_measured_figures_of_halueval(shared: Path) -> None:
    measured = _rows(table(measure_halueval(shared)), "halueval_general")
    assert len(measured) == 1
    assert _rows(PAGE.read_text(encoding="utf-8").splitlines(), "halueval_general") == measured


def test_the_page_shows_the_measured_figures_of_p4g(shared: Path) -> None:
    measured = _rows(table(measure_p4g(shared)), "p4g")
    assert len(measured) == 5 + 4 * 3  # what the rules answer; four labels by three models
    assert _rows(PAGE.read_text(encoding="utf-8").splitlines(), "p4g") == measured


def test_the_page_holds_every_line_the_command_prints(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(shared)])
    printed = [line for line in capsys.readouterr().out.splitlines() if line]
    assert len(printed) > 3
    assert set(printed) <= set(PAGE.read_text(encoding="utf-8").splitlines())


def test_people_say_yes_as_often_as_the_reference_of_halueval_says(shared: Path) -> None:
    expected = json.loads((shared / "halueval_general/reference.json").read_text())["hallucination"]
    (row,) = measure_halueval(shared)
    assert sum(row[4:]) == expected["n"]
    assert row.tp + row.fn == expected["successes"]


def test_the_models_agree_with_people_as_the_reference_of_p4g_says(shared: Path) -> None:
    reference = json.loads((shared / "p4g/reference.json").read_text())["dialogue_level"]
    models = {
        f"{row.label}|{row.judge}": row
        for row in measure_p4g(shared)
        if f"{row.label}|{row.judge}" in reference
    }
    assert len(models) == 9  # personal-story, credibility-appeal, emotion-appeal by three models
    for key, row in models.items():
        expected = reference[key]["dialogue_level_on_gold"]
        counts = tuple(expected[name] for name in ("tp", "fp", "fn", "tn"))
        assert (row.tp, row.fp, row.fn, row.tn) == counts


def test_a_row_is_the_figures_of_its_counts() -> None:
    # 30 of 50 by people, 25 by the judge; 20 of 30 and 15 of 20; kappa and interval: test_kappa
    row = Agreement("a", "b", "c", "rules", 20, 5, 10, 15, 0)
    assert table([row])[2] == (
        "| a | b | c | rules | 50 | 0.600 | 0.500 | 0.667 [0.488, 0.808] | 0.750 [0.531, 0.888] "
        "| 0.400 [0.151, 0.649] |"
    )


def test_what_is_undefined_is_a_dash_and_not_0() -> None:
    row = Agreement("a", "b", "c", "rules", 0, 0, 0, 9, 3)  # nobody ever said yes
    assert table([row])[2] == (
        "| a | b | c | rules | 9 | 0.000 | 0.000 | - [-] | 1.000 [0.701, 1.000] | - [-] |"
    )


def _answered(said: str, answer: str, label: int) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": said},
            {"role": "assistant", "content": answer},
        ],
        "context": [],
        "final_output": answer,
        "labels": [{"metric": "hallucination", "value": label}],
    }


def test_the_label_is_the_truth_and_the_rule_is_what_is_judged(tmp_path: Path) -> None:
    talks = [
        _answered("Tell me.", "It fell by 40%.", 1),  # a figure without a source: true positive
        _answered("Tell me.", "It cost $9,000.", 0),  # another: false positive
        _answered("Tell me.", "Pigs fly.", 1),  # no rule sees that: false negative
        _answered("Did it fall by 40%?", "Yes, by 40%.", 0),  # the user said it: true negative
        _answered("", "Pigs fly.", 0),  # nothing to check against: not applicable
    ]
    folder = tmp_path / "halueval_general"
    folder.mkdir()
    lines = "".join(json.dumps(talk) + "\n" for talk in talks)
    (folder / "conversations.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (row,) = measure_halueval(tmp_path)
    assert row[4:] == (1, 1, 1, 1, 1)


def test_a_missing_folder_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path / "nowhere")])
    assert "Name their folder with --data." in capsys.readouterr().err
