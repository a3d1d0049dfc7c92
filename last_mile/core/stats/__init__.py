"""Formulas over counts, each beside its source. Undefined is None with a reason, never 0.

One module per question: risks, survival, strata, regression, judge error, power. Not here: reading
counts, deciding verdicts.
"""

from last_mile.core.stats.risk import (
    FEW_EVENTS,
    Z95,
    RelativeRisk,
    WeightedArm,
    benjamini_hochberg,
    cohen_kappa,
    relative_risk,
    weighted_relative_risk,
    wilson_interval,
)

__all__ = [
    "FEW_EVENTS",
    "Z95",
    "RelativeRisk",
    "WeightedArm",
    "benjamini_hochberg",
    "cohen_kappa",
    "relative_risk",
    "weighted_relative_risk",
    "wilson_interval",
]
