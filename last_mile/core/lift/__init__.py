"""From counted cells to the rows of `metric_lift`: crude, adjusted and corrected, with a verdict.

Not here: the formulas (core/stats), the counting (sql/stat_cells.sql).
"""

from last_mile.core.lift.leaks import leaking, tools_asked
from last_mile.core.lift.table import LIFT_SCHEMA, Counted, Known, metric_lift

__all__ = ["LIFT_SCHEMA", "Counted", "Known", "leaking", "metric_lift", "tools_asked"]
