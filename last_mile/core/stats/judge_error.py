"""Relative risk of an outcome with a behaviour, when a judge that errs says who has it.

Counts are indexed [judge says true][event]. Not here: prevalence (prevalence.py), reading counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from last_mile.core.stats.prevalence import LEAST_INFORMED, MIN_LABELS, correction_refused
from last_mile.core.stats.risk import FEW_EVENTS, Z95, RelativeRisk

Floats = NDArray[np.float64]
_LEAST_EXPECTED = 1  # in a cell of a 2 x 2 table (Cochran 1954): below it chi-square is off


@dataclass(frozen=True, slots=True)
class TrueShares:
    """What people say about each cell [judge][event].

    Attributes:
        n: Conversations, (2, 2).
        labels: Labelled ones among them.
        share: Estimated share that is true.
        variance: Of the share, over which conversations were labelled.
    """

    n: Floats
    labels: Floats
    share: Floats
    variance: Floats

    @property
    def enough(self) -> bool:
        """Every cell that holds anything has `MIN_LABELS` labels, or all of its own."""
        return bool((self.labels >= np.minimum(self.n, MIN_LABELS) - 1e-9).all())

    @property
    def informed(self) -> float:
        """Sensitivity + specificity - 1; NaN when nothing or everything is true."""
        true, n = self.n * self.share, self.n
        with np.errstate(invalid="ignore", divide="ignore"):
            false = n - true
            return float(true[1].sum() / true.sum() + false[0].sum() / false.sum() - 1)


def true_shares(flagged: ArrayLike, labelled: ArrayLike, positive: ArrayLike) -> TrueShares:
    """Post-stratified share of true in each judge x outcome cell.

    Labelled conversations count as labelled; of the others ppv = (s + 1/2) / (k + 1) is true. The
    variance of the cell's total is N^2 (1 - k/N) ppv (1 - ppv) / (k + 1): stratified sampling
    without replacement (Cochran 1977, ch. 5).

    Args:
        flagged: Conversations N, shape (2, 2) or (2, 2, strata): strata inside a cell, when
            labels were drawn from these at different rates.
        labelled: Labelled ones k among them, drawn at random inside each entry.
        positive: Those s of the labelled that people call true.
    """
    n, k, s = (_in_strata(counts) for counts in (flagged, labelled, positive))
    ppv = (s + 0.5) / (k + 1)
    rest = np.maximum(n - k, 0.0)
    variance = n * rest * ppv * (1 - ppv) / (k + 1)
    total = n.sum(2)
    size = np.where(total > 0, total, 1.0)  # an empty cell has share 0
    share = (s + rest * ppv).sum(2) / size
    return TrueShares(total, k.sum(2), share, variance.sum(2) / size**2)


def _in_strata(counts: ArrayLike) -> Floats:
    found = np.asarray(counts, dtype=np.float64)
    return found.reshape(2, 2, -1)


def corrected_risk(flagged: ArrayLike, labelled: ArrayLike, positive: ArrayLike) -> RelativeRisk:
    """Relative risk by people's labels, drawn from judge x outcome cells: errors may be any.

    A = sum_q N_q1 ppv_q1 true events, M = sum N ppv true, of Y events and N conversations:
    RR = (A/M) / ((Y-A)/(N-M)); var(log RR) = 1/A - 1/M + 1/(Y-A) - 1/(N-M) +
    sum_qy [N_qy (1{y=1}(1/A + 1/(Y-A)) - 1/M - 1/(N-M))]^2 var(ppv_qy): Katz's as if all were
    labelled, plus what the sample adds (delta method).

    Args:
        flagged: As `true_shares`.
        labelled: As `true_shares`.
        positive: As `true_shares`.

    Returns:
        The estimate; `reason` is `empty_arm`, `no_events`, `no_labels`, `not_enough_labels`,
        `judge_near_chance`, `not_enough_events`, `no_variation` or None.
    """
    return risk_of_shares(true_shares(flagged, labelled, positive))


def risk_of_shares(cells: TrueShares) -> RelativeRisk:
    """As `corrected_risk`, from the shares themselves."""
    reason = _without_labels(cells.n) or _refused(cells)
    if reason:
        return _undefined(reason)
    true, n, events = cells.n * cells.share, cells.n.sum(), cells.n[:, 1].sum()
    a, m = true[:, 1].sum(), true.sum()
    reason = _impossible(a, m, events, n)
    if reason:
        return _undefined(reason)
    of_event = np.array([0.0, 1 / a + 1 / (events - a)])
    slope = cells.n * (of_event - 1 / m - 1 / (n - m))
    katz = 1 / a - 1 / m + 1 / (events - a) - 1 / (n - m)
    return _log_risk(a, m, events, n, katz + float((slope**2 * cells.variance).sum()))


def pooled_corrected_risk(
    flagged: ArrayLike, sensitivity: tuple[float, float], specificity: tuple[float, float]
) -> RelativeRisk:
    """Relative risk by the matrix method: one sensitivity and specificity for both outcomes.

    A = (a - (1-sp) Y) / J, M = (n1 - (1-sp) N) / J, J = se + sp - 1, RR = (A/M) / ((Y-A)/(N-M))
    (Barron 1977; Greenland 1988 for the variance): delta method over the four counts
    (multinomial) and the binomial se and sp, which are smoothed in their own variance only.

    Args:
        flagged: Conversations [judge][event], shape (2, 2).
        sensitivity: (judge says true, all) of the labels that say true; may be effective counts.
        specificity: (judge says false, all) of the labels that say false.

    Returns:
        The estimate; reasons as in `corrected_risk`, and `outside_range` when no true counts can
        have given these flags.
    """
    n_qy = _in_strata(flagged).sum(2)
    (hits1, m1), (hits0, m0) = sensitivity, specificity
    if not (m1 and m0):
        return _undefined(_without_labels(n_qy) or "not_enough_labels")
    false_alarms, j = 1 - hits0 / m0, hits1 / m1 + hits0 / m0 - 1
    reason = _without_labels(n_qy) or correction_refused(j, m1, m0)
    if reason:
        return _undefined(reason)
    n, events = float(n_qy.sum()), float(n_qy[:, 1].sum())
    a = (n_qy[1, 1] - false_alarms * events) / j
    m = (n_qy[1].sum() - false_alarms * n) / j
    if not (0 < a < events and 0 < m < n and a < m and events - a < n - m):
        return _undefined("outside_range")
    reason = _impossible(a, m, events, n)
    if reason:
        return _undefined(reason)
    true_a, true_m = 1 / a + 1 / (events - a), 1 / m + 1 / (n - m)
    step = np.array([[-false_alarms / j], [(1 - false_alarms) / j]])  # of A and M, by the judge
    slope = step * (np.array([0.0, true_a]) - true_m) + 1 / (n - m)
    slope[:, 1] -= 1 / (events - a)
    variance = float((n_qy * slope**2).sum() - (n_qy * slope).sum() ** 2 / n)
    of_se = (n / (n - m) - events / (events - a)) / j
    of_sp = (events / a - n / m) / j
    variance += of_se**2 * _smoothed(hits1, m1) + of_sp**2 * _smoothed(hits0, m0)
    return _log_risk(a, m, events, n, variance)


def differential_errors(labelled: ArrayLike, positive: ArrayLike) -> float | None:
    """P-value of: the judge errs equally often with the event and without it; random labels.

    Among what people call true, and among what they call false, flag and event are then
    independent: the sum of the two Pearson chi-squares n (ad - bc)^2 / (r1 r0 c1 c0), one degree of
    freedom each (conditional independence, Cochran 1954).

    Args:
        labelled: Labelled conversations [judge][event], drawn at random from all, shape (2, 2).
        positive: Those of them that people call true.

    Returns:
        The p-value; None when less than one label is expected in a cell of either table.
    """
    k, s = (_in_strata(counts).sum(2) for counts in (labelled, positive))
    total = 0.0
    for table in (s, k - s):
        by_event, by_judge, n = table.sum(0), table.sum(1), table.sum()
        if by_event.min() * by_judge.min() < _LEAST_EXPECTED * n or not n:
            return None
        cross = table[0, 0] * table[1, 1] - table[0, 1] * table[1, 0]
        total += float(n * cross**2 / (by_event.prod() * by_judge.prod()))
    return math.exp(-total / 2)  # upper tail of chi-square, 2 df


def differential_of_shares(cells: TrueShares) -> float | None:
    """As `differential_errors`, for labels drawn by judge and outcome, which distort its tables.

    Sensitivities, and specificities, of the two outcomes are compared on the logit scale, both at
    once: a Wald chi-square with 2 degrees of freedom over the post-stratified cells.

    Returns:
        The p-value; None when a cell lacks labels, or holds only true or only false ones.
    """
    n, share = cells.n, cells.share
    if not (cells.enough and (n > 0).all() and ((share > 0) & (share < 1)).all()):
        return None
    sign = np.array([[1.0, -1.0], [-1.0, 1.0]])
    of_true, of_false = ((sign * np.log(n * x)).sum() for x in (share, 1 - share))
    var1 = (1 / (n * share) + cells.variance / share**2).sum()
    var0 = (1 / (n * (1 - share)) + cells.variance / (1 - share) ** 2).sum()
    both = -(cells.variance / (share * (1 - share))).sum()
    determinant = var1 * var0 - both**2
    squared = var0 * of_true**2 - 2 * both * of_true * of_false + var1 * of_false**2
    return math.exp(-float(squared / determinant) / 2)


def _without_labels(n: Floats) -> str | None:
    """Why the flags themselves, whatever people say, carry no ratio."""
    if not n.sum():
        return "empty_arm"
    if not n[:, 1].sum():
        return "no_events"
    return "no_variation" if not n[:, 0].sum() else None


def _refused(cells: TrueShares) -> str | None:
    if not cells.labels.sum():
        return "no_labels"
    if not cells.enough:
        return "not_enough_labels"
    informed = cells.informed
    if math.isnan(informed):  # nothing or everything is true
        return "empty_arm"
    return None if informed >= LEAST_INFORMED else "judge_near_chance"


def _impossible(a: float, m: float, events: float, n: float) -> str | None:
    if m <= 0 or m >= n:
        return "empty_arm"
    return "not_enough_events" if min(a, events - a) < FEW_EVENTS else None


def _smoothed(hits: float, m: float) -> float:
    """Variance of a share with one success and one failure added (as Lee et al. 2025)."""
    share = (hits + 1) / (m + 2)
    return share * (1 - share) / (m + 2)


def _log_risk(a: float, m: float, events: float, n: float, variance: float) -> RelativeRisk:
    rr, se = float((a / m) / ((events - a) / (n - m))), math.sqrt(max(variance, 0.0))
    if se == 0:
        return _undefined("no_variation")
    p = math.erfc(abs(math.log(rr)) / se / math.sqrt(2))
    return RelativeRisk(rr, rr * math.exp(-Z95 * se), rr * math.exp(Z95 * se), p, None)


def _undefined(reason: str) -> RelativeRisk:
    return RelativeRisk(None, None, None, None, reason)
