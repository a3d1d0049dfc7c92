"""Whether tiers earn their name: their outcome on later days than their rules were chosen on.

Not here: reading the counts (adapters/tier_source.py), the rules (the rubric).
"""

from last_mile.core.tier_lift.comparison import LEVELS
from last_mile.core.tier_lift.periods import CHOSEN_ON, LATER, periods
from last_mile.core.tier_lift.table import TIER_LIFT_SCHEMA, tier_lift
from last_mile.core.tier_lift.verdicts import STATES, TierVerdicts, tier_name, tier_verdicts

__all__ = [
    "CHOSEN_ON", "LATER", "LEVELS", "STATES", "TIER_LIFT_SCHEMA", "TierVerdicts", "periods",
    "tier_lift", "tier_name", "tier_verdicts",
]  # fmt: skip
