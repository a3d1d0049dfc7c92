"""Which metrics know the outcome, and how: their lift is shown and gets no verdict.

Messages after the outcome never reach a flag (sql/conversations.sql). Not here: counting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from last_mile.core.rubric import Metric, Rubric

CALLS_A_TOOL = "tool_called"
_ENDS = 0.95  # of the calls of a tool end the episode: the call says how it ended
_FEW_CALLS = 20  # fewer calls say little about how they end


def leaking(rubric: Rubric, calls: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Why each leaking metric knows the outcome, as far as the rubric and the calls show.

    Args:
        rubric: Its metrics may say so themselves (`leaks`), or read the outcome by name.
        calls: `tool`, `n_called`, `n_ended` of reads/ending_calls.sql.
    """
    ending = {
        call["tool"]: call for call in calls
        if call["n_called"] >= _FEW_CALLS and call["n_ended"] >= _ENDS * call["n_called"]
    }  # fmt: skip
    outcomes = {kind.id for kind in rubric.outcomes}
    found = {metric.id: _why(metric, outcomes, ending) for metric in rubric.metrics}
    return {metric: why for metric, why in found.items() if why}


def tools_asked(rubric: Rubric) -> list[str]:
    """Tools whose calls metrics of the rubric ask for."""
    asked = (m for m in rubric.heuristics if (m.rule or m.id) == CALLS_A_TOOL)
    return sorted({str(metric.params["name"]) for metric in asked})


def separates(n1: int, events1: int, n0: int, events0: int) -> str | None:
    """Why a flag that is the outcome itself, or its opposite, leaks; None when it is neither."""
    same = events1 == n1 and events0 == 0
    opposite = events1 == 0 and events0 == n0
    if n1 and n0 and (events1 or events0) and (same or opposite):
        return "it is true exactly when the outcome is " + ("there" if same else "missing")
    return None


def _why(metric: Metric, outcomes: set[str], ending: Mapping[str, Mapping[str, Any]]) -> str | None:
    if metric.leaks:
        return metric.leaks
    read = _texts(metric.params.values())
    source = metric.recorded.metric if metric.recorded else None
    named = sorted(outcomes & {*read, *(part for text in read for part in text.split(".")), source})
    if named:
        return f"its rule reads the outcome {named[0]}"
    called = metric.params.get("name") if (metric.rule or metric.id) == CALLS_A_TOOL else None
    if called in ending:
        ends = ending[str(called)]
        return (
            f"the episode ends with this call: in {ends['n_ended']:,} of {ends['n_called']:,} "
            "conversations no user spoke after it"
        )
    return None


def _texts(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
