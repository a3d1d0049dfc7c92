"""Which metrics know the outcome: declared, by their rule, by how episodes end, by the counts."""

from __future__ import annotations

import pytest

from last_mile.core.lift.leaks import leaking, separates, tools_asked
from last_mile_tests.scenario import metric, rubric

HEURISTIC = {"kind": "heuristic"}


def _ended(n_called: int, n_ended: int) -> list[dict[str, object]]:
    return [{"tool": "transfer", "n_called": n_called, "n_ended": n_ended}]


def _leaks(calls: list[dict[str, object]], **over: object) -> dict[str, str]:
    fields = {"rule": "tool_called", "params": {"name": "transfer"}, **over}
    return leaking(rubric(metrics=[metric("handed_over", **HEURISTIC, **fields)], tiers=[]), calls)


def test_a_rubric_may_say_itself_that_a_metric_knows_the_outcome() -> None:
    why = "set by the sales desk after the deal"
    assert leaking(rubric(metrics=[metric(leaks=why)], tiers=[]), []) == {"robotic": why}


@pytest.mark.parametrize("path", ["hired", "meta.hired"])
def test_a_rule_that_reads_the_outcome_leaks(path: str) -> None:
    params = {"path": path, "value": 1}
    found = _leaks([], rule="attribute_at_least", params=params)
    assert found == {"handed_over": "its rule reads the outcome hired"}


def test_a_rule_that_reads_something_else_does_not() -> None:
    params = {"path": "meta.hired_before", "value": 1}
    assert _leaks([], rule="attribute_at_least", params=params) == {}


@pytest.mark.parametrize(
    ("n_called", "n_ended", "leaks"),
    [(48, 48, True), (40, 38, True), (40, 37, False), (19, 19, False), (200, 20, False)],
)  # 38 of 40 are 95 %; fewer than 20 calls say little
def test_a_call_that_ends_the_episode_leaks(n_called: int, n_ended: int, leaks: bool) -> None:
    assert bool(_leaks(_ended(n_called, n_ended))) is leaks


def test_a_text_metric_is_not_about_how_an_episode_ends() -> None:
    assert _leaks(_ended(48, 48), rule="mentions", params={"pattern": "transfer"}) == {}


def test_only_metrics_about_calls_ask_for_tools() -> None:
    calls = metric("handed_over", **HEURISTIC, rule="tool_called", params={"name": "transfer"})
    assert tools_asked(rubric(metrics=[calls, metric("polite")], tiers=[])) == ["transfer"]
    assert tools_asked(rubric()) == []


@pytest.mark.parametrize(
    ("counts", "leaks"),
    [
        ((10, 10, 90, 0), True),  # all with it have the outcome, nobody else
        ((10, 0, 90, 90), True),
        ((10, 10, 90, 1), False),
        ((10, 10, 0, 0), False),  # nobody without it: nothing is separated
        ((10, 0, 90, 0), False),
    ],
)
def test_a_flag_that_is_the_outcome_itself_leaks(
    counts: tuple[int, int, int, int], leaks: bool
) -> None:
    assert bool(separates(*counts)) is leaks
