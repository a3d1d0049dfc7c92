"""What a product release did to flags and outcomes: from conversations to `release_comparison`.

Not here: the formulas (core/stats), training releases (adapters/releases), reading the rows.
"""

from last_mile.core.release_effect.effects import EFFECT_SCHEMA, outcome_effects
from last_mile.core.release_effect.epochs import Bridges, Versions
from last_mile.core.release_effect.fragments import release_fragments
from last_mile.core.release_effect.table import RELEASE_SCHEMA, release_comparison

__all__ = [
    "EFFECT_SCHEMA", "RELEASE_SCHEMA", "Bridges", "Versions", "outcome_effects",
    "release_comparison", "release_fragments",
]  # fmt: skip
