"""From frozen rules to the rows of `segment_lift`, measured on the held-out half.

Here and nowhere else the held-out half is counted. Not here: choosing (search.py, simplify.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from last_mile.core.segments.patterns import Bools, Half, Literals
from last_mile.core.segments.simplify import Frozen
from last_mile.core.stats import RelativeRisk, relative_risk, wilson_interval

_LEVEL = 0.05


def confirmed_rows(
    frozen: Sequence[Frozen],
    literals: Literals,
    halves: tuple[Half, Half],
    headline: str | None,
) -> list[dict[str, Any]]:
    """One row per rule whose held-out relative risk is surely above 1.

    Args:
        frozen: Rules chosen on the discovery half.
        literals: Their words.
        halves: Discovery, held-out.
        headline: The flag whose effect is shown inside each segment.
    """
    discovery, held_out = halves
    shown = []
    for found in frozen:
        member = held_out.members(found.rule)
        figures = _against_rest(held_out, member)
        if figures["rr_low"] is not None and figures["rr_low"] > 1:
            shown.append((found, member, figures))
    return [
        {
            "segment": literals.text(found.rule),
            **figures,
            **_on_discovery(discovery, found),
            "dropped": literals.text(found.dropped, ", ") or None,
            **_headline(held_out, headline, member, literals.about(found.rule)),
            "reversals": _reversals(held_out, member, literals.about(found.rule), len(shown)),
        }
        for found, member, figures in shown
    ]


def strongest(discovery: Half) -> str | None:
    """The flag whose interval on the discovery half stays furthest from 1, in ratios."""
    distances = {}
    for metric in discovery.flags:
        risk = discovery.effect(metric)
        if risk.low is not None and risk.high is not None:
            distances[metric] = max(risk.low, 1 / risk.high)
    return max(distances, key=lambda metric: distances[metric], default=None)


def _against_rest(half: Half, member: Bools) -> dict[str, Any]:
    (n, events), (n_rest, events_rest) = half.counts(member), half.counts(~member)
    risk = relative_risk(events, n, events_rest, n_rest)
    low, high = wilson_interval(events, n) or (None, None)
    everyone, all_events = n + n_rest, events + events_rest
    return {
        "n": n, "events": events, "n_rest": n_rest, "events_rest": events_rest,
        "rate": events / n if n else None, "rate_low": low, "rate_high": high,
        "rr": risk.rr, "rr_low": risk.low, "rr_high": risk.high, "reason": risk.reason,
        "vs_all": (events / n) / (all_events / everyone) if n and all_events else None,
    }  # fmt: skip


def _on_discovery(half: Half, found: Frozen) -> dict[str, Any]:
    figures = _against_rest(half, half.members(found.rule))
    return {"discovery_rate": figures["rate"], "discovery_rr": figures["rr"]}


def _headline(half: Half, metric: str | None, member: Bools, about: set[str]) -> dict[str, Any]:
    """The headline flag inside a segment and on the whole held-out half."""
    if metric is None:
        return {"headline_reason": "no_headline"}
    overall = half.effect(metric)
    row = {"headline_metric": metric, "headline_overall_rr": overall.rr}
    if metric in about:
        return {**row, "headline_reason": "part_of_segment"}
    inside = half.effect(metric, member)
    known = inside.low is not None and overall.low is not None
    return {
        **row,
        "headline_rr": inside.rr, "headline_low": inside.low, "headline_high": inside.high,
        "headline_reason": inside.reason,
        "reversed": _side(inside) * _side(overall) < 0 if known else None,
    }  # fmt: skip


def _reversals(half: Half, member: Bools, about: set[str], segments: int) -> str | None:
    """Flags that turn round inside a segment, corrected for flags times segments."""
    level = _LEVEL / max(len(half.flags) * segments, 1)
    turned = []
    for metric in half.flags:
        if metric not in about:
            inside = half.effect(metric, member)
            sure = inside.p is not None and inside.p < level
            if sure and _side(inside) * _side(half.effect(metric)) < 0:
                turned.append(metric)
    return ", ".join(turned) or None


def _side(risk: RelativeRisk) -> int:
    """1 when the interval lies above 1, -1 when below, else 0."""
    if risk.low is None or risk.high is None:
        return 0
    return 1 if risk.low > 1 else -1 if risk.high < 1 else 0
