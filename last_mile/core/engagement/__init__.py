"""What users do, by segment: how many never try it, what goes along with it, what would settle it.

Not here: releases beside engagement (core/release_effect), lifts of all metrics (core/lift).
"""

from last_mile.core.engagement.effects import ENGAGEMENT_SCHEMA, engagement_effects

__all__ = ["ENGAGEMENT_SCHEMA", "engagement_effects"]
