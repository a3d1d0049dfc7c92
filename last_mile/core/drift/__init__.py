"""Whether flags, the judge and what flags go along with are as before: from counts to `drift`.

Not here: drift of a table from its file (adapters/warehouse/drift.py), reading the counts.
"""

from last_mile.core.drift.detector import alarmed, detect
from last_mile.core.drift.fragments import drift_fragments, user_fragments
from last_mile.core.drift.history import ALPHA, alarm_history
from last_mile.core.drift.points import Arms, Points, ratio_points, share_points
from last_mile.core.drift.power import Plan, days_to_detect
from last_mile.core.drift.series import KINDS, WORTH_KNOWING, Kind, Series, Track
from last_mile.core.drift.table import DRIFT_SCHEMA, Window, all_series, drift_rows, windows

__all__ = [
    "ALPHA", "DRIFT_SCHEMA", "KINDS", "WORTH_KNOWING", "Arms", "Kind", "Plan", "Points", "Series",
    "Track", "Window", "alarm_history", "alarmed", "all_series", "days_to_detect", "detect",
    "drift_fragments", "drift_rows", "ratio_points", "share_points", "user_fragments", "windows",
]  # fmt: skip
