"""The rubric: everything domain-specific, as validated values with the hashes of their definitions.

Belongs here: the model and its messages. Not here: reading the file (adapters/rubric_file.py).
"""

from last_mile.core.rubric.metric import Asking, Grouping, LabelSource, Metric, OutcomeKind, Prior
from last_mile.core.rubric.parts import RubricError, digest
from last_mile.core.rubric.rubric import ENGAGEMENT, ORDINARY, STRATA, Rubric
from last_mile.core.rubric.training import Contrast, NamePattern, TierRule, Training

__all__ = [
    "ENGAGEMENT", "ORDINARY", "STRATA", "Asking", "Contrast", "Grouping", "LabelSource", "Metric",
    "NamePattern", "OutcomeKind", "Prior", "Rubric", "RubricError", "TierRule", "Training",
    "digest",
]  # fmt: skip
