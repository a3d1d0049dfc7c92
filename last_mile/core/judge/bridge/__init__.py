"""How two epochs of judging relate: the bridge's rows, trends across epochs, how large a bridge.

Not here: asking (adapters/judge/bridge.py), the formula (core/stats/crosswalk.py).
"""

from last_mile.core.judge.bridge.answers import Crossed, Flagged, crossed, flagged
from last_mile.core.judge.bridge.expected import ASSUMED_CHANGE, Expected, expected_widths
from last_mile.core.judge.bridge.rows import BRIDGE_SCHEMA, judge_bridge
from last_mile.core.judge.bridge.trends import TREND_SCHEMA, flag_trends

__all__ = [
    "ASSUMED_CHANGE", "BRIDGE_SCHEMA", "TREND_SCHEMA", "Crossed", "Expected", "Flagged", "crossed",
    "expected_widths", "flag_trends", "flagged", "judge_bridge",
]  # fmt: skip
