"""The 95 % interval of Cohen's kappa, from a 2 x 2 table.

Kappa itself belongs in stats.py; what a judge's kappa is good for, in calibration.py.
"""

import math

from last_mile.core.stats import Z95, cohen_kappa

_NOTHING = 1e-12  # of a variance: what rounding leaves of an exact 0


def kappa_interval(tp: int, fp: int, fn: int, tn: int) -> tuple[float, float] | None:
    """Large-sample 95 % interval of Cohen's kappa (Fleiss, Cohen and Everitt 1969).

    With p_ij the share of cell (i, j), p_i. and p_.j its margins, pe the chance agreement and
    q = 1 - kappa:
    A = sum_i p_ii (1 - (p_i. + p_.i) q)^2; B = q^2 sum_{i != j} p_ij (p_.i + p_j.)^2;
    C = (kappa - pe q)^2; se = sqrt((A + B - C) / n) / (1 - pe).
    The units are taken as independent; with few in a cell it is too narrow.

    Args:
        tp: Both raters say yes.
        fp: Only the first says yes.
        fn: Only the second says yes.
        tn: Both say no.

    Returns:
        (low, high) within [-1, 1]. None where kappa is undefined, and where the formula gives a
        standard error of 0, which is no certainty: full agreement, or a rater who never varies.
    """
    kappa = cohen_kappa(tp, fp, fn, tn)
    if kappa is None:
        return None
    n = tp + fp + fn + tn
    first, second = (tp + fp) / n, (tp + fn) / n  # how often each says yes
    chance = first * second + (1 - first) * (1 - second)
    left = 1 - kappa
    a = (tp * (1 - (first + second) * left) ** 2 + tn * (1 - (2 - first - second) * left) ** 2) / n
    b = left**2 * (fp * (second + 1 - first) ** 2 + fn * (first + 1 - second) ** 2) / n
    variance = a + b - (kappa - chance * left) ** 2
    if variance < _NOTHING:
        return None
    half = Z95 * math.sqrt(variance / n) / (1 - chance)
    return max(-1.0, kappa - half), min(1.0, kappa + half)
