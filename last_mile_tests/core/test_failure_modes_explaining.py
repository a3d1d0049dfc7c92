"""Which flags explain a bad outcome, and the SQL that says so of a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from last_mile.core.failure_modes import Literal, explaining, failure_fragments
from last_mile_tests.scenario import metric, rubric

HELPS = {"sign": 1, "author": "team", "date": "2025-12-01"}
UNSURE = {**HELPS, "sign": 0}
Figures = dict[str, Any]


def _lift(name: str = "robotic", **over: Any) -> Figures:
    row = {"metric": name, "scope": "all", "outcome": "hired", "measured_sign": None,
           "prevalence": 0.9, "leaks": None}  # fmt: skip
    return {**row, **over}


def _explain(prior: Mapping[str, Any] | None, *lifts: Figures, **over: Any) -> list[Literal]:
    fields = {**({"prior": prior} if prior else {}), **over}
    return list(explaining(rubric(metrics=[metric(**fields)], tiers=[]), lifts))


def test_without_a_measured_sign_a_flag_explains_by_its_prior() -> None:
    assert _explain(None) == [Literal("robotic", value=True, basis="prior")]
    assert _explain(UNSURE) == []
    assert _explain(UNSURE, _lift()) == []


def test_a_measured_sign_overrules_the_prior() -> None:
    assert _explain(HELPS, _lift(measured_sign=-1)) == [
        Literal("robotic", value=True, basis="measured")
    ]
    assert _explain(None, _lift(measured_sign=1)) == [
        Literal("robotic", value=False, basis="measured")
    ]


@pytest.mark.parametrize(("prevalence", "explains"), [(0.51, True), (0.5, False), (None, False)])
def test_a_helping_flag_is_missed_only_where_it_is_usual(
    prevalence: float | None, *, explains: bool
) -> None:
    found = _explain(HELPS, _lift(prevalence=prevalence))
    assert found == ([Literal("robotic", value=False, basis="prior")] if explains else [])


def test_flags_that_know_the_outcome_explain_nothing() -> None:
    assert _explain(None, leaks="is asked after the hire") == []
    assert _explain(None, _lift(leaks="is asked after the hire")) == []


def test_lifts_of_other_outcomes_and_scopes_are_left_out() -> None:
    others = _lift(outcome="interviewed", measured_sign=1), _lift(scope="m1", measured_sign=1)
    assert _explain(None, *others) == [Literal("robotic", value=True, basis="prior")]


def test_literals_stand_in_the_order_of_the_rubric() -> None:
    one = rubric(metrics=[metric("b"), metric("a")], tiers=[])
    assert [literal.metric for literal in explaining(one, [])] == ["b", "a"]


def test_fragments_ask_for_set_harmful_and_missing_helping_flags() -> None:
    literals = [Literal("own_draft", value=False, basis="prior"), Literal("robotic", True, "prior")]
    found = failure_fragments(rubric(strata=["category"]), literals, (500_000, 20))
    assert found == {
        "outcome": '"hired"',
        "explained": '(coalesce(not "own_draft", false) or coalesce("robotic", false))',
        # own_draft is a rule; a judge that answered "robotic" with not applicable answered "polite"
        "looked_at": (
            '((coalesce(not "own_draft", false) or coalesce("robotic", false)) '
            'or "robotic" is not null or "polite" is not null)'
        ),
        "contexts": '"category"::varchar as "category",\n    "surface"::varchar as "surface"',
        "unexplained_ppm": "500000",
        "explained_ppm": "20",
    }
    nothing = failure_fragments(rubric(), [])
    assert (nothing["explained"], nothing["looked_at"]) == ("(false)", "(true)")
