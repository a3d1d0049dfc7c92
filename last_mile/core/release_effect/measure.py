"""Figures of one flag or outcome under two releases: rates, differences, pairs, intervals.

Not here: verdicts (verdict.py), the worst stratum (worst.py), which conversations (basis.py).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from last_mile.core.release_effect.coded import Bools, Coded, Floats
from last_mile.core.stats import (
    TUNED_AT,
    Contrast,
    Pairs,
    Sequential,
    detectable_difference,
    mcnemar_p,
    mean_difference,
    paired_difference,
    sequential,
    standardised_contrasts,
    wilson_interval,
)

ENOUGH = 10  # events, and conversations without one, in both arms together
EXPECTED = 5  # of them in n1 n0/(n1 + n0) conversations, which is less than the smaller arm
LEAST_PAIRED = 20  # tasks


class Measure(NamedTuple):
    """A flag or an outcome.

    Attributes:
        id: Its column.
        kind: `flag` or `outcome`.
        sign: 1 when more of it is better, -1 when less is, 0 when nobody expected either.
        names: Columns it is adjusted for.
        weighted: Whether it is known of a weighted sample.
    """

    id: str
    kind: str
    sign: int
    names: tuple[str, ...]
    weighted: bool


def arm_counts(coded: Coded, measure: Measure) -> dict[str, Any]:
    """Counts and weighted rates of both arms, with Wilson's interval of the newer release's."""
    event, weight = coded.known(measure.id, weighted=measure.weighted)
    found: dict[str, Any] = {}
    for suffix, arm in (("", coded.arm), ("_reference", ~coded.arm)):
        known = arm & (weight > 0)
        n, events, total = int(known.sum()), int((known & event).sum()), float(weight[arm].sum())
        rate = float(weight[arm & event].sum()) / total if total else None
        found |= {f"n{suffix}": n, f"events{suffix}": events, f"rate{suffix}": rate}
        if not suffix and rate is not None:
            effective = total**2 / float((weight[arm] ** 2).sum())  # Kish (1965)
            found["rate_low"], found["rate_high"] = wilson_interval(
                rate * effective, effective
            ) or (None, None)
    return found


def compared(coded: Coded, measure: Measure) -> dict[str, Any]:
    """Columns of release_comparison from `rd` to `n_users`, and `p`: valid at any look."""
    event, weight = coded.known(measure.id, weighted=measure.weighted)
    crude, _ = coded.layout(())
    [plain] = standardised_contrasts(crude, coded.arm, event, weight)
    layout, _ = coded.layout(measure.names)
    [found] = standardised_contrasts(layout, coded.arm, event, weight)
    reason = why_not(found)
    figures: dict[str, Any] = {"rd": plain.value}
    if why_not(plain) is None:
        figures = _difference("rd", plain)
    figures |= {
        "adjusted_rate": found.rate1, "adjusted_rate_reference": found.rate0,
        "adjusted_rd": found.value, "adjusted_for": ", ".join(measure.names) or None,
        "n_adjusted": found.n, "n_strata": found.n_strata, "n_users": found.n_clusters,
        "reason": reason, "p": None,
    }  # fmt: skip
    if reason:
        return figures
    ratio, look = found.ratio, looked(found)
    return {
        **figures, **_difference("adjusted", found),
        "adjusted_rr": ratio.rr, "adjusted_rr_low": ratio.low, "adjusted_rr_high": ratio.high,
        "sequential_low": max(look.low, -1.0), "sequential_high": min(look.high, 1.0),
        "p": look.p, "detectable": detectable_difference(error(found), look.factor),
    }  # fmt: skip


def looked(contrast: Contrast, alpha: float = 0.05, tuned_at: float = TUNED_AT) -> Sequential:
    """The contrast at the present look; it must have no reason against it (`why_not`)."""
    rate = contrast.rate or 0.0
    spread = math.sqrt(rate * (1 - rate))
    return sequential(contrast.value or 0.0, error(contrast), spread, alpha, tuned_at)


def error(contrast: Contrast) -> float:
    """Standard error that is looked at: with the difference or without, whichever is larger."""
    return max(contrast.se or 0.0, contrast.null_se or 0.0) or 1.0


def why_not(contrast: Contrast) -> str | None:
    """Why a contrast has no interval: `no_common_stratum`, `not_enough_events`, or None."""
    if contrast.value is None:
        return "no_common_stratum"
    if contrast.se is None or contrast.rate is None:
        return "not_enough_events"
    counted = min(contrast.events, contrast.n - contrast.events)
    comparisons = contrast.rate * (1 - contrast.rate) / error(contrast) ** 2
    expected = min(contrast.rate, 1 - contrast.rate) * comparisons
    return "not_enough_events" if counted < ENOUGH or expected < EXPECTED else None


def paired(coded: Coded, common: Bools, measure: Measure) -> dict[str, Any]:
    """Columns `paired_…`: the same tasks under both releases; empty with fewer than 20 of them.

    Done once by each release and by different users each time: McNemar's test and Newcombe's
    interval. Otherwise every task gives one difference of its rates, and the error is that between
    tasks or that by user within tasks, whichever is larger.
    """
    event, weight = coded.known(measure.id, weighted=False)
    used = common & (weight > 0)
    tasks = int(coded.task.max(initial=0)) + 1
    cell = (coded.task * 4 + coded.arm * 2 + event)[used]
    counts = np.bincount(cell, minlength=tasks * 4).reshape(tasks, 2, 2)  # task, arm, event
    both = (counts.sum(axis=2) > 0).all(axis=1)
    n = int(both.sum())
    if n < LEAST_PAIRED:
        return {"n_paired_tasks": n}
    inside = used & both[coded.task]
    rates = counts[both, :, 1] / counts[both].sum(axis=2)
    once = int(inside.sum()) == 2 * n == len(np.unique(coded.user[inside]))
    found = _once(rates) if once else _often(rates, coded, event, inside)
    return {"n_paired_tasks": n, **found}


def _once(rates: Floats) -> dict[str, Any]:
    without, with_it = (rates > 0).T  # the reference, the release
    counts = Pairs(
        int((with_it & without).sum()), int((with_it & ~without).sum()),
        int((~with_it & without).sum()), int((~with_it & ~without).sum()),
    )  # fmt: skip
    found = paired_difference(counts)
    assert found is not None  # there are tasks
    return {
        "paired_rd": found.value, "paired_low": found.low, "paired_high": found.high,
        "paired_p": mcnemar_p(counts.only1, counts.only0), "paired_method": "newcombe",
    }  # fmt: skip


def _often(rates: Floats, coded: Coded, event: Bools, inside: Bools) -> dict[str, Any]:
    [by_user] = standardised_contrasts(coded.of_tasks, coded.arm, event, inside.astype(float))
    differences = rates[:, 1] - rates[:, 0]
    found = mean_difference(differences, by_user.se or 0.0)
    if found is None:
        return {"paired_rd": float(differences.mean())}
    interval, p = found
    return {
        "paired_rd": interval.value, "paired_low": interval.low, "paired_high": interval.high,
        "paired_p": p, "paired_method": "by_task",
    }  # fmt: skip


def _difference(name: str, contrast: Contrast) -> dict[str, float | None]:
    found = contrast.difference
    low, high = (found.low, found.high) if found else (None, None)
    point = "adjusted_rd" if name == "adjusted" else name
    return {point: contrast.value, f"{name}_low": low, f"{name}_high": high}
