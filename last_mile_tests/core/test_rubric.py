"""What a rubric refuses, and which of its words decide the hashes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from last_mile.core.judge.prompt import CANARIES
from last_mile.core.rubric import Asking, Metric, Rubric
from last_mile_tests.scenario import metric, rubric

HIRED = {"id": "hired", "horizon_days": 10}


def _refusal(**over: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        rubric(**over)
    return str(refused.value)


def test_two_metrics_of_one_id_are_refused() -> None:
    assert "`robotic` stands twice" in _refusal(metrics=[metric(), metric()], tiers=[])


def test_two_outcomes_of_one_id_are_refused() -> None:
    assert "`hired` stands twice" in _refusal(outcomes=[HIRED, HIRED])


def test_two_tiers_of_one_name_are_refused() -> None:
    twice = [{"tier": "best", "when": "polite"}, {"tier": "best", "when": "robotic"}]
    assert "`best` stands twice" in _refusal(tiers=twice)


def test_two_primary_outcomes_are_refused() -> None:
    both = [{**HIRED, "primary": True}, {**HIRED, "id": "paid", "primary": True}]
    assert "a second outcome is primary" in _refusal(outcomes=both)


def test_a_name_that_is_a_metric_and_an_outcome_is_refused() -> None:
    assert "`robotic` is a metric or a column" in _refusal(outcomes=[{**HIRED, "id": "robotic"}])


def test_a_tier_over_an_unknown_metric_is_refused() -> None:
    wrong = [{"tier": "best", "when": "polite and kind"}]
    assert "names unknown metrics: kind" in _refusal(tiers=wrong)


def test_a_tier_that_is_not_a_boolean_rule_is_refused() -> None:
    assert "rule 'polite > 1' may hold only" in _refusal(
        tiers=[{"tier": "best", "when": "polite > 1"}]
    )


def test_the_tier_of_what_no_rule_matches_cannot_be_defined() -> None:
    assert "rename it" in _refusal(tiers=[{"tier": "ordinary", "when": "polite"}])


@pytest.mark.parametrize(
    "metric_id", ["user_id", "day", "everyone", "outcome", "Robotic", "1st", 'x"; drop table t']
)
def test_a_metric_id_that_is_no_name_or_a_column_of_the_tables_is_refused(metric_id: str) -> None:
    with pytest.raises(ValidationError):
        metric(metric_id)


@pytest.mark.parametrize(
    "entry",
    [
        {"rule": "words_over"},
        {"params": {"words": 3}},
        {"kind": "heuristic", "rule": "multi_turn", "recorded": {"metric": "robotic"}},
        {"kind": "heuristic", "rule": "no_such_rule"},
        {"kind": "heuristic", "rule": "words_over", "params": {"words": "many"}},
        {"kind": "heuristic", "rule": "words_over", "params": {"letters": 3}},
        {"colour": "red"},
        {"question": "Robot?"},
        {"prior": {"sign": 2, "author": "team", "date": "2025-12-01"}},
    ],
)
def test_a_field_that_does_not_belong_to_the_metric_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        metric(**entry)


@pytest.mark.parametrize("stratum", ['model"; drop table x', "attributes.", "a.b", "1x", "x y"])
def test_a_stratum_that_is_no_name_is_refused(stratum: str) -> None:
    with pytest.raises(ValidationError):
        rubric(strata=[stratum])


def test_an_outcome_id_that_is_a_column_of_the_tables_is_refused() -> None:
    _refusal(outcomes=[{**HIRED, "id": "model"}])


@pytest.mark.parametrize("stratum", ["attributes.day", "attributes.robotic", "attributes.hired"])
def test_a_stratum_that_would_be_a_second_column_of_that_name_is_refused(stratum: str) -> None:
    _refusal(strata=[stratum])


@pytest.mark.parametrize("threshold", [float("inf"), float("nan")])
def test_an_outcome_threshold_is_a_finite_number(threshold: float) -> None:
    _refusal(outcomes=[{**HIRED, "at_least": threshold}])


def test_the_outcome_marked_primary_leads_and_without_a_mark_the_first_does() -> None:
    second = {"id": "paid", "horizon_days": 3, "primary": True}
    assert rubric(outcomes=[HIRED, second]).primary.id == "paid"
    assert rubric(outcomes=[HIRED, {**second, "primary": False}]).primary.id == "hired"


def test_metrics_are_told_apart_by_kind_in_rubric_order() -> None:
    assert [m.id for m in rubric().heuristics] == ["own_draft"]
    assert [m.id for m in rubric().judged] == ["robotic", "polite"]


@pytest.mark.parametrize(
    "decides",
    [
        {"question": "Is it somewhat robotic?"},
        {"not_applicable": "when there is no text"},
        {"recorded": {"metric": "robot"}},
        {"kind": "heuristic", "rule": "user_messages_at_least", "params": {"count": 2}},
    ],
)
def test_what_decides_the_answers_changes_the_definition_hash(decides: dict[str, Any]) -> None:
    assert metric(**decides).definition_hash != metric().definition_hash


@pytest.mark.parametrize(
    "other",
    [
        {"prior": {"sign": 1, "author": "someone else", "date": "2026-01-01"}},
        {"labels": {"metric": "robot"}},
        {"about": "engagement"},
    ],
)
def test_what_does_not_decide_the_answers_leaves_the_definition_hash(other: dict[str, Any]) -> None:
    assert metric(**other).definition_hash == metric().definition_hash


def test_heuristics_are_hashed_with_their_parameters() -> None:
    rule = {"kind": "heuristic", "rule": "words_over"}
    three, four = (metric(**rule, params={"words": n}) for n in (3, 4))
    assert three.definition_hash != four.definition_hash


def test_the_rubric_hash_covers_priors_and_tiers_too() -> None:
    believed = metric(prior={"sign": 0, "author": "team", "date": "2025-12-01"})
    hashes = {
        rubric().hash,
        rubric(tiers=[]).hash,
        rubric(metrics=[believed], tiers=[]).hash,
        rubric(metrics=[metric()], tiers=[]).hash,
    }
    assert len(hashes) == 4


LOOKED = {"sign": -1, "author": "team", "date": "2025-12-01", "exploratory": True}


def test_a_prior_written_after_looking_leaves_the_definition_and_counts_in_the_rubric() -> None:
    looked = metric(prior=LOOKED)
    assert looked.definition_hash == metric().definition_hash
    both = (rubric(metrics=[one], tiers=[]) for one in (looked, metric()))
    assert len({one.hash for one in both}) == 2
    assert Metric.model_validate_json(looked.model_dump_json()) == looked


def test_hashes_are_those_from_before_priors_could_say_so() -> None:
    assert rubric().hash == "79b7487e1444d9b5"
    assert [metric.definition_hash for metric in rubric().metrics] == [
        "7c70a47c4abe4deb", "60993ee365f71fab", "2e412cac61e93d92",
    ]  # fmt: skip


def test_a_rubric_survives_its_own_json() -> None:
    again = Rubric.model_validate_json(rubric().model_dump_json())
    assert again == rubric()
    assert again.hash == rubric().hash


# -- how the judge is asked -----------------------------------------------------------------------


def test_a_rubric_that_says_nothing_asks_all_questions_at_once_with_canaries() -> None:
    assert rubric().judge == Asking(
        grouping="all", max_characters=60_000, max_output_tokens=None, canaries=True,
        fallback=(), unverified="keep",
    )  # fmt: skip


def test_how_the_judge_is_asked_is_read_from_the_rubric() -> None:
    said = {
        "grouping": 3, "max_characters": 20_000, "max_output_tokens": 900, "canaries": False,
        "fallback": ["openai/gpt-4o-mini", "rules"], "unverified": "unscored",
    }  # fmt: skip
    asking = rubric(judge=said).judge
    assert asking.model_dump() == {**said, "fallback": ("openai/gpt-4o-mini", "rules")}


@pytest.mark.parametrize("grouping", ["all", "one", 2, 100])
def test_questions_are_grouped_all_one_or_by_a_number_of_groups(grouping: str | int) -> None:
    assert rubric(judge={"grouping": grouping}).judge.grouping == grouping


@pytest.mark.parametrize(
    ("asking", "field"),
    [
        ({"grouping": "each"}, "judge.grouping"),
        ({"grouping": 1}, "judge.grouping"),  # that is `all`
        ({"grouping": 0}, "judge.grouping"),
        ({"grouping": 101}, "judge.grouping"),
        ({"grouping": 2.5}, "judge.grouping"),
        ({"max_characters": 999}, "judge.max_characters"),
        ({"max_characters": "many"}, "judge.max_characters"),
        ({"max_output_tokens": 49}, "judge.max_output_tokens"),
        ({"canaries": "perhaps"}, "judge.canaries"),
        ({"fallback": "openai/gpt-4o-mini"}, "judge.fallback"),  # a list of one is meant
        ({"fallback": [1]}, "judge.fallback"),
        ({"unverified": "drop"}, "judge.unverified"),
        ({"colour": "red"}, "judge.colour"),
        ({"model": "openai/gpt-4o-mini"}, "judge.model"),  # named on the command line
    ],
)
def test_a_wrong_word_about_asking_is_refused_with_its_place(
    asking: dict[str, Any], field: str
) -> None:
    assert field in _refusal(judge=asking)


@pytest.mark.parametrize("canary", [canary.id for canary in CANARIES])
def test_no_metric_or_outcome_may_have_the_name_of_a_canary(canary: str) -> None:
    with pytest.raises(ValidationError, match="choose another id"):
        metric(canary)
    assert "rename the outcome" in _refusal(outcomes=[{**HIRED, "id": canary}])


def test_how_the_judge_is_asked_is_part_of_the_rubrics_hash_and_not_of_a_definitions() -> None:
    changed = rubric(judge={"unverified": "unscored"})
    assert changed.hash != rubric().hash
    definitions = [each.definition_hash for each in rubric().metrics]
    assert [each.definition_hash for each in changed.metrics] == definitions


def test_what_flags_are_made_by_holds_what_becomes_of_unverified_positives() -> None:
    made = {
        value: [each.flag_definition(one) for one in each.metrics]
        for value in ("keep", "unscored") for each in [rubric(judge={"unverified": value})]
    }  # fmt: skip
    assert made["keep"] == [one.definition_hash for one in rubric().metrics]
    kinds = [one.kind for one in rubric().metrics]
    assert made["unscored"] == [
        has + (":unscored" if kind == "judge" else "")
        for has, kind in zip(made["keep"], kinds, strict=True)
    ]


def _three(**over: Any) -> Rubric:
    """Two engagement metrics and a text metric, which the arguments change."""
    engaged = [metric(name, about="engagement") for name in ("own_draft", "multi_turn")]
    text = metric("robotic", **over)
    return rubric(metrics=[*engaged, text], strata=["category", "attributes.tier"], tiers=[])


def test_text_is_adjusted_for_strata_and_engagement_and_engagement_for_strata() -> None:
    small = _three()
    strata = ("category", "attributes.tier")
    assert small.adjustment(small.metrics[2]) == (*strata, "own_draft", "multi_turn")
    assert small.adjustment(small.metrics[0]) == strata


def test_a_metric_may_declare_its_adjustment_set() -> None:
    small = _three(adjust=["category", "own_draft"])
    assert small.adjustment(small.metrics[2]) == ("category", "own_draft")
    nothing = _three(adjust=[])
    assert nothing.adjustment(nothing.metrics[2]) == ()
    words = _three(adjust=["engagement", "strata", "own_draft"])
    assert words.adjustment(words.metrics[2]) == (
        "own_draft", "multi_turn", "category", "attributes.tier",
    )  # fmt: skip


def test_engagement_that_leaks_adjusts_nothing() -> None:
    leaking = metric("own_draft", about="engagement", leaks="set after the deal")
    small = rubric(metrics=[leaking, metric("robotic")], strata=[], tiers=[])
    assert small.adjustment(small.metrics[1]) == ()


@pytest.mark.parametrize(
    ("about", "adjust", "words"),
    [
        ("text", "tone", "no stratum and no other metric"),
        ("text", "robotic", "no stratum and no other metric"),
        ("engagement", "polite", "may follow from what the user did"),
        ("engagement", "engagement", "may follow from what the user did"),
    ],
)
def test_an_adjustment_set_of_something_else_is_refused(
    about: str, adjust: str, words: str
) -> None:
    metrics = [metric("robotic", about=about, adjust=[adjust]), metric("polite")]
    with pytest.raises(ValidationError, match=words):
        rubric(metrics=metrics, tiers=[])


def test_adjustment_and_leaks_change_no_answer() -> None:
    changed = metric("robotic", adjust=["category"], leaks="set after the deal")
    assert changed.definition_hash == metric("robotic").definition_hash
