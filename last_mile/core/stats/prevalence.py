"""The share of conversations people would call true, from a judge's flags and people's labels.

Not here: ratios of risks under judge errors (judge_error.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from last_mile.core.stats.risk import Z95

MIN_LABELS = 5  # of a kind, below it nothing is corrected
LEAST_INFORMED = 0.3  # sensitivity + specificity - 1: below it a judge says too little


@dataclass(frozen=True, slots=True)
class CorrectedPrevalence:
    """A corrected share with its 95 % interval; None with the reason when it is refused.

    Attributes:
        value: Within [0, 1].
        low: Lower limit.
        high: Upper limit.
        clipped: The formula left [0, 1], so sensitivity or specificity do not fit these flags.
        reason: `nothing_judged`, `not_enough_labels`, `judge_near_chance` or None.
        raw: What the formula gives, neither clipped nor refused; None when it divides by 0.
    """

    value: float | None
    low: float | None
    high: float | None
    clipped: bool
    reason: str | None
    raw: float | None


@dataclass(frozen=True, slots=True)
class PredictionPoweredMean:
    """A share with its 95 % interval; `lam` is how far the judge was relied on (0: not at all)."""

    value: float
    low: float
    high: float
    lam: float


def rogan_gladen(
    positives: int, n: int, sensitivity: tuple[float, float], specificity: tuple[float, float]
) -> CorrectedPrevalence:
    """Prevalence corrected for a judge's sensitivity and specificity.

    theta = (p + sp - 1) / (se + sp - 1) (Rogan and Gladen 1978). Interval of Lee et al.
    (arXiv 2511.21140): with p, se, sp and their sizes smoothed by z^2/2, 1 and 1 successes,
    theta + d +- z s, where d = 2 z^2 (-(1-theta) sp(1-sp)/m0 + theta se(1-se)/m1) and
    s = sqrt(p(1-p)/n + (1-theta)^2 sp(1-sp)/m0 + theta^2 se(1-se)/m1) / (se + sp - 1).

    Args:
        positives: Conversations the judge calls true.
        n: Conversations it answered.
        sensitivity: (judge says true, all) of the labels that say true.
        specificity: (judge says false, all) of the labels that say false.
    """
    (hits1, m1), (hits0, m0) = sensitivity, specificity
    if not (n and m1 and m0):
        why = "not_enough_labels" if n else "nothing_judged"
        return CorrectedPrevalence(None, None, None, clipped=False, reason=why, raw=None)
    informed = hits1 / m1 + hits0 / m0 - 1
    raw = (positives / n + hits0 / m0 - 1) / informed if informed else None
    reason = correction_refused(informed, m1, m0)
    if reason or raw is None:
        return CorrectedPrevalence(None, None, None, clipped=False, reason=reason, raw=raw)
    low, high = _lee_interval(positives, n, sensitivity, specificity)
    clipped = not 0 <= raw <= 1
    return CorrectedPrevalence(_clip(raw), low, high, clipped=clipped, reason=None, raw=raw)


def correction_refused(informed: float, said_true: float, said_false: float) -> str | None:
    """Why a correction is refused, from se + sp - 1 and the labels of either kind; or None."""
    if min(said_true, said_false) < MIN_LABELS:
        return "not_enough_labels"
    return "judge_near_chance" if informed < LEAST_INFORMED else None


def _lee_interval(
    positives: int, n: int, sensitivity: tuple[float, float], specificity: tuple[float, float]
) -> tuple[float, float]:
    z2 = Z95**2
    sizes = n + z2, sensitivity[1] + 2, specificity[1] + 2
    p = (positives + z2 / 2) / sizes[0]
    se, sp = (sensitivity[0] + 1) / sizes[1], (specificity[0] + 1) / sizes[2]
    theta = _clip((p + sp - 1) / (se + sp - 1))
    of_p, of_se, of_sp = (x * (1 - x) / size for x, size in zip((p, se, sp), sizes, strict=True))
    shift = 2 * z2 * (theta * of_se - (1 - theta) * of_sp)
    half = Z95 * math.sqrt(of_p + (1 - theta) ** 2 * of_sp + theta**2 * of_se) / (se + sp - 1)
    return _clip(theta + shift - half), _clip(theta + shift + half)


def _clip(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def ppi_mean(
    unlabelled: tuple[int, int], table: tuple[int, int, int, int], lam: float | None = None
) -> PredictionPoweredMean | None:
    """Share of true from a random labelled sample and the judge's flags on the rest (PPI++).

    theta = lam mean(f_unlabelled) + mean(y - lam f); var = lam^2 var(f)/N + var(y - lam f)/m; with
    lam = cov(y, f) / var(f) / (1 + m/N), var(f) over both samples, no worse than labels alone
    (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453). lam = 1 is plain PPI (2023, Science).

    Args:
        unlabelled: (judge says true, all) of the conversations without a label.
        table: True and false positives, false and true negatives of those with one.
        lam: Weight of the judge; None: the best one.

    Returns:
        The share, not clipped; None when either sample is empty.
    """
    (flagged, big), (tp, fp, fn, tn) = unlabelled, table
    m = tp + fp + fn + tn
    if not (big and m):
        return None
    mean_y, mean_f, mean_u = (tp + fn) / m, (tp + fp) / m, flagged / big
    spread = (flagged + tp + fp) / (big + m)
    spread *= 1 - spread
    if lam is None:
        lam = (tp / m - mean_y * mean_f) / spread / (1 + m / big) if spread else 0.0
    value = lam * mean_u + mean_y - lam * mean_f
    square = (tp * (1 - lam) ** 2 + fp * lam**2 + fn) / m
    variance = lam**2 * mean_u * (1 - mean_u) / big + (square - (mean_y - lam * mean_f) ** 2) / m
    half = Z95 * math.sqrt(variance)
    return PredictionPoweredMean(value, value - half, value + half, lam)
