"""A rubric file's errors name the file, the line and the fix; its layout does not matter."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from last_mile.adapters.rubric_file import load_rubric, rubric_path
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.rubric import Rubric, digest
from last_mile.errors import UserError

TEXT = """\
# a comment
name: small
version: 1
outcomes:
  - {id: hired, horizon_days: 10}
metrics:
  - id: robotic
    kind: judge
    question: Does it sound robotic?
    prior: {sign: -1, author: team, date: 2025-12-01}
  - id: polite
    kind: judge
    question: Is it polite?
    prior: {sign: 1, author: team, date: 2025-12-01}
tiers:
  - {tier: best, when: polite and not robotic, train: desirable}
  - {tier: poor, when: robotic, train: undesirable}
"""


def _load(tmp_path: Path, text: str, name: str = "small.yaml") -> Rubric:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return load_rubric(tmp_path / name)


def _refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(UserError) as refused:
        _load(tmp_path, text)
    sentence = str(refused.value)
    assert str(tmp_path / "small.yaml") in sentence
    return sentence


def test_a_rubric_is_read(tmp_path: Path) -> None:
    assert [m.id for m in _load(tmp_path, TEXT).metrics] == ["robotic", "polite"]


def test_the_shipped_rubric_has_the_25_metrics_of_the_article() -> None:
    assert len(load_rubric("proposals").metrics) == 25


@pytest.mark.parametrize(
    ("before", "after", "line", "fix"),
    [
        pytest.param("kind: judge", "kind: oracle", 8, "'heuristic' or 'judge'", id="kind"),
        pytest.param("sign: -1", "sign: -2", 10, "-1, 0 or 1", id="sign"),
        pytest.param("horizon_days: 10", "horizon_days: -1", 5, "greater than or equal", id="days"),
        pytest.param("id: polite", "id: Polite", 11, "match pattern", id="id"),
        pytest.param("    question: Is it polite?\n", "", 11, "required", id="missing"),
        pytest.param("id: polite", "id: day", 11, "choose another id", id="taken"),
        pytest.param(
            "id: polite", "id: polite\n    rule: words_over", 11, "remove them", id="rule"
        ),
        pytest.param("version: 1", "version: one", 3, "valid integer", id="version"),
        pytest.param(
            "author: team,", "author: team, colour: red,", 10, "not permitted", id="extra"
        ),
    ],
)
def test_an_error_names_its_line_and_the_fix(
    tmp_path: Path, before: str, after: str, line: int, fix: str
) -> None:
    sentence = _refusal(tmp_path, TEXT.replace(before, after, 1))
    assert f"line {line}: " in sentence
    assert fix in sentence


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        pytest.param("when: robotic", "when: rude", 17, id="unknown metric"),
        pytest.param("when: robotic", "when: robotic >", 17, id="syntax"),
        pytest.param("tier: poor", "tier: best", 17, id="tier twice"),
        pytest.param("id: polite", "id: robotic", 11, id="metric twice"),
        pytest.param("id: hired", "id: polite", 5, id="metric and outcome"),
    ],
)
def test_an_error_between_entries_names_the_line_of_the_wrong_one(
    tmp_path: Path, before: str, after: str, line: int
) -> None:
    assert f"line {line}: " in _refusal(tmp_path, TEXT.replace(before, after, 1))


def test_what_is_wrong_between_entries_is_said(tmp_path: Path) -> None:
    sentence = _refusal(tmp_path, TEXT.replace("when: robotic", "when: rude", 1))
    assert "tiers.1.when: names unknown metrics: rude" in sentence


def test_more_than_three_errors_are_counted(tmp_path: Path) -> None:
    sentence = _refusal(tmp_path, TEXT.replace("kind: judge", "kind: x").replace("sign", "sgn"))
    assert sentence.count("line ") == 3
    assert "more)" in sentence


def test_broken_yaml_names_its_line(tmp_path: Path) -> None:
    sentence = _refusal(tmp_path, TEXT.replace("    kind: judge", "   \tkind: judge", 1))
    assert "line 8: not valid YAML; check the indentation" in sentence


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words"])
def test_a_file_that_is_no_mapping_says_what_to_start_from(tmp_path: Path, text: str) -> None:
    assert "proposals.yaml" in _refusal(tmp_path, text)


@pytest.mark.parametrize("text", ["&a [*a]", "name: &a [*a]", "&a {name: *a}"])
def test_a_file_that_holds_itself_is_refused(tmp_path: Path, text: str) -> None:
    _refusal(tmp_path, text)


def test_keys_that_are_no_names_are_refused(tmp_path: Path) -> None:
    _refusal(tmp_path, TEXT + "on: 1\n")
    _refusal(tmp_path, TEXT + "1: 1\n")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(UserError, match="cannot be read"):
        load_rubric(tmp_path / "small.yaml")


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        _load(tmp_path, TEXT + "version: 2\n")


@pytest.mark.parametrize("name", ["nothing", "no/such.yaml", "../proposals"])
def test_an_unknown_rubric_lists_the_shipped_ones(name: str) -> None:
    with pytest.raises(UserError, match=r"no such file.*proposals"):
        rubric_path(name)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert _load(tmp_path, TEXT).version == 1
    assert _load(tmp_path, TEXT.replace("version: 1", "version: 2")).version == 2


def test_reformatting_does_not_change_any_hash(tmp_path: Path) -> None:
    before = _load(tmp_path, TEXT)
    data = yaml.safe_load(TEXT)
    flow = yaml.safe_dump(data, default_flow_style=True, sort_keys=True, width=40)
    after = _load(tmp_path, "# another comment\n" + flow, "flow.yaml")
    assert after == before
    assert after.hash == before.hash
    assert [m.definition_hash for m in after.metrics] == [m.definition_hash for m in before.metrics]
    assert epoch_of(after, "rules") == epoch_of(before, "rules")


def test_one_word_of_a_question_changes_its_definition_and_the_epoch(tmp_path: Path) -> None:
    before = _load(tmp_path, TEXT)
    after = _load(tmp_path, TEXT.replace("Is it polite?", "Is it very polite?"), "other.yaml")
    changed = [
        old.id
        for old, new in zip(before.metrics, after.metrics, strict=True)
        if old.definition_hash != new.definition_hash
    ]
    assert changed == ["polite"]
    assert epoch_of(after, "rules") != epoch_of(before, "rules")
    assert after.hash != before.hash


def test_a_changed_prior_changes_the_rubric_and_not_the_epoch(tmp_path: Path) -> None:
    before = _load(tmp_path, TEXT)
    after = _load(tmp_path, TEXT.replace("sign: 1", "sign: 0"), "other.yaml")
    assert epoch_of(after, "rules") == epoch_of(before, "rules")
    assert after.hash != before.hash


def test_how_the_judge_is_asked_is_read(tmp_path: Path) -> None:
    asking = "judge: {grouping: 2, canaries: false, fallback: [openai/gpt-4o-mini]}\n"
    judge = _load(tmp_path, TEXT + asking).judge
    assert (judge.grouping, judge.canaries, judge.fallback) == (2, False, ("openai/gpt-4o-mini",))


@pytest.mark.parametrize(
    ("asking", "line", "fix"),
    [
        pytest.param("max_characters: 10", 19, "greater than or equal to 1000", id="characters"),
        pytest.param("unverified: drop", 19, "'keep' or 'unscored'", id="unverified"),
        pytest.param("model: openai/gpt-4o-mini", 19, "not permitted", id="extra"),
        pytest.param("grouping: each", 19, "'all' or 'one'", id="grouping"),
    ],
)
def test_an_error_about_asking_names_its_line_and_the_fix(
    tmp_path: Path, asking: str, line: int, fix: str
) -> None:
    sentence = _refusal(tmp_path, f"{TEXT}judge:\n  {asking}\n")
    assert f"line {line}: judge." in sentence
    assert fix in sentence


@pytest.mark.parametrize("name", ["proposals", "assistant"])
def test_the_hashes_of_shipped_rubrics_do_not_know_of_exploratory_priors(name: str) -> None:
    rubric = load_rubric(name)
    assert not any(metric.prior.exploratory for metric in rubric.metrics)
    assert '"exploratory"' not in rubric.model_dump_json()  # what `hash` is made of
    outside = {"prior", "labels", "about", "adjust", "leaks"}
    for metric in rubric.metrics:
        decides = metric.model_dump(mode="json", exclude=outside)
        assert metric.definition_hash == digest(decides)
