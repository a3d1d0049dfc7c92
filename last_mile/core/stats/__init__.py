"""Formulas over counts, each beside its source. Undefined is None with a reason, never 0.

One module per question: risks, survival, strata, regression, judge error, power. Not here: reading
counts, deciding verdicts.
"""

from last_mile.core.stats.clusters import (
    ClusteredRows,
    cluster_variance,
    clustered_rows,
    flag_codes,
)
from last_mile.core.stats.confounding import EValue, e_value
from last_mile.core.stats.contrast import Contrast, Layout
from last_mile.core.stats.crosswalk import (
    LEAST_PAIRS,
    Crosswalk,
    crosswalk,
    crosswalk_difference,
)
from last_mile.core.stats.difference import Interval, risk_difference
from last_mile.core.stats.judge_error import (
    TrueShares,
    corrected_risk,
    differential_errors,
    differential_of_shares,
    pooled_corrected_risk,
    risk_of_shares,
    true_shares,
)
from last_mile.core.stats.paired import Pairs, mcnemar_p, mean_difference, paired_difference
from last_mile.core.stats.poisson import AdjustedFit, fit_adjusted, with_error
from last_mile.core.stats.power import (
    Detectable,
    detectable_difference,
    minimal_detectable,
    per_arm,
)
from last_mile.core.stats.prevalence import (
    LEAST_INFORMED,
    MIN_LABELS,
    CorrectedPrevalence,
    PredictionPoweredMean,
    correction_refused,
    ppi_mean,
    rogan_gladen,
)
from last_mile.core.stats.proportions import benjamini_hochberg, cohen_kappa, wilson_interval
from last_mile.core.stats.risk import FEW_EVENTS, Z95, RelativeRisk, relative_risk
from last_mile.core.stats.score import score_interval
from last_mile.core.stats.sequential import TUNED_AT, Sequential, sequential
from last_mile.core.stats.standardised import standardised_contrasts
from last_mile.core.stats.strata import (
    Heterogeneity,
    heterogeneity,
    mantel_haenszel,
    mantel_haenszel_many,
)
from last_mile.core.stats.survival import (
    Incidence,
    Incidences,
    incidence,
    incidence_difference,
    incidence_many,
    incidence_ratio,
)
from last_mile.core.stats.weighted import WeightedArm, weighted_relative_risk

__all__ = [
    "FEW_EVENTS",
    "LEAST_INFORMED",
    "LEAST_PAIRS",
    "MIN_LABELS",
    "TUNED_AT",
    "Z95",
    "AdjustedFit",
    "ClusteredRows",
    "Contrast",
    "CorrectedPrevalence",
    "Crosswalk",
    "Detectable",
    "EValue",
    "Heterogeneity",
    "Incidence",
    "Incidences",
    "Interval",
    "Layout",
    "Pairs",
    "PredictionPoweredMean",
    "RelativeRisk",
    "Sequential",
    "TrueShares",
    "WeightedArm",
    "benjamini_hochberg",
    "cluster_variance",
    "clustered_rows",
    "cohen_kappa",
    "corrected_risk",
    "correction_refused",
    "crosswalk",
    "crosswalk_difference",
    "detectable_difference",
    "differential_errors",
    "differential_of_shares",
    "e_value",
    "fit_adjusted",
    "flag_codes",
    "heterogeneity",
    "incidence",
    "incidence_difference",
    "incidence_many",
    "incidence_ratio",
    "mantel_haenszel",
    "mantel_haenszel_many",
    "mcnemar_p",
    "mean_difference",
    "minimal_detectable",
    "paired_difference",
    "per_arm",
    "pooled_corrected_risk",
    "ppi_mean",
    "relative_risk",
    "risk_difference",
    "risk_of_shares",
    "rogan_gladen",
    "score_interval",
    "sequential",
    "standardised_contrasts",
    "true_shares",
    "weighted_relative_risk",
    "wilson_interval",
    "with_error",
]
