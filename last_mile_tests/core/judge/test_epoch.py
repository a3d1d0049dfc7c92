"""Which changes of a rubric, judge or prompt ask everything again, and which do not."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.prompt import PROMPT_VERSION
from last_mile_tests.scenario import metric, rubric

BELIEVED = {"sign": 0, "author": "someone else", "date": "2026-01-01"}


def _epoch(judge: str = "rules", prompt_version: str = "1", **over: Any) -> str:
    return epoch_of(rubric(**{"tiers": [], **over}), judge, prompt_version=prompt_version)


def test_an_epoch_is_a_fixed_text_of_sixteen_hex_digits() -> None:
    epoch = _epoch()
    assert epoch == _epoch()
    assert len(epoch) == 16
    assert set(epoch) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "over",
    [
        {"judge": "openai/gpt-4o-mini"},
        {"prompt_version": "2"},
        {"metrics": [metric("robotic", question="Does it sound robotic?"), metric("polite")]},
        {"metrics": [metric("robotic", not_applicable="when silent"), metric("polite")]},
        {"metrics": [metric("polite"), metric("robotic")]},  # their order in the prompt
        {"metrics": [metric("robotic")]},
        {"metrics": [metric("robotic"), metric("polite"), metric("brief")]},
    ],
    ids=["judge", "prompt", "question", "applies", "order", "fewer", "more"],
)
def test_what_decides_the_answers_changes_the_epoch(over: dict[str, Any]) -> None:
    same: dict[str, Any] = {"metrics": [metric("robotic"), metric("polite")]}
    judge = over.pop("judge", "rules")
    version = over.pop("prompt_version", "1")
    assert _epoch(judge, version, **{**same, **over}) != _epoch(**same)


def _asked(**asking: Any) -> str:
    return epoch_of(rubric(judge=asking), "rules")


@pytest.mark.parametrize(
    "asking",
    [
        {"grouping": "one"},
        {"grouping": 2},
        {"max_characters": 30_000},
        {"max_output_tokens": 500},
        {"canaries": False},
        {"fallback": ["openai/gpt-4o-mini"]},
    ],
    ids=lambda asking: "-".join(map(str, next(iter(asking.items())))),
)
def test_how_the_judge_is_asked_changes_the_epoch(asking: dict[str, Any]) -> None:
    assert _asked(**asking) != _asked()


def test_the_order_of_the_fallbacks_changes_the_epoch() -> None:
    assert _asked(fallback=["a/a", "b/b"]) != _asked(fallback=["b/b", "a/a"])


def test_what_becomes_of_unverified_positives_leaves_the_epoch() -> None:
    # flags are built again from the same verdicts: nothing is asked
    assert _asked(unverified="unscored") == _asked(unverified="keep") == _asked()


def test_defaults_written_out_leave_the_epoch() -> None:
    assert _asked(grouping="all", max_characters=60_000, canaries=True, fallback=[]) == _asked()


@pytest.mark.parametrize(
    "over",
    [
        {"name": "other"},
        {"version": 2},
        {"about": "Another sentence."},
        {"outcomes": [{"id": "paid", "horizon_days": 3}]},
        {"strata": ["category"]},
        {"tiers": [{"tier": "poor", "when": "robotic"}]},
        {"metrics": [metric("robotic", prior=BELIEVED), metric("polite")]},
        {"metrics": [metric("robotic", labels={"metric": "robot"}), metric("polite")]},
        {"metrics": [metric("robotic", about="engagement"), metric("polite")]},
        {"metrics": [metric("robotic"),
                     metric("long", kind="heuristic", rule="words_over", params={"words": 3}),
                     metric("polite")]},
    ],
    ids=["name", "version", "about", "outcomes", "strata", "tiers", "prior", "labels", "kind of",
         "heuristic"],
)  # fmt: skip
def test_what_does_not_decide_the_answers_leaves_the_epoch(over: dict[str, Any]) -> None:
    same: dict[str, Any] = {"metrics": [metric("robotic"), metric("polite")]}
    assert _epoch(**{**same, **over}) == _epoch(**same)


def test_the_prompt_version_is_the_current_one_unless_said() -> None:
    assert epoch_of(rubric(), "rules") == _epoch("rules", PROMPT_VERSION)


def test_a_rubric_without_judged_metrics_has_an_epoch_too() -> None:
    long = metric("long", kind="heuristic", rule="words_over", params={"words": 3})
    assert len(_epoch(metrics=[long])) == 16
