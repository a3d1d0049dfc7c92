"""How strong something unmeasured would have to be to explain a relative risk away.

Not here: adjusting for what is measured (strata.py, poisson.py).
"""

from __future__ import annotations

import math
from typing import NamedTuple


class EValue(NamedTuple):
    """Relative risks an unmeasured confounder needs with both flag and outcome.

    Attributes:
        point: To explain the estimate away.
        limit: To move the interval to 1; 1 when it holds 1 already, None without an interval.
    """

    point: float
    limit: float | None


def e_value(rr: float | None, low: float | None, high: float | None) -> EValue | None:
    """E-value of a relative risk and of the limit of its interval nearest 1.

    RR + sqrt(RR (RR - 1)), of 1/RR when RR < 1 (VanderWeele and Ding 2017).

    Returns:
        None without a relative risk, or with one of 0, which no confounder makes.
    """
    if not rr:
        return None
    near = low if rr >= 1 else high
    if near is None:
        return EValue(_needed(rr), None)
    holds_one = near <= 1 if rr >= 1 else near >= 1
    return EValue(_needed(rr), 1.0 if holds_one else _needed(near))


def _needed(rr: float) -> float:
    away = max(rr, 1 / rr)
    return away + math.sqrt(away * (away - 1))
