"""How far judges agree with people, what that does to figures, what to label next.

Not here: formulas over counts (core/stats), reading and writing files (adapters/labels).
"""

from last_mile.core.calibration.answers import Answers, answers_in, read_answers, without_value
from last_mile.core.calibration.cells import LabelCells, calibration_fragments
from last_mile.core.calibration.label_plan import (
    PER_CELL,
    PLAN_SCHEMA,
    PlanCell,
    next_to_label,
    reading_order,
    unlabelable,
)
from last_mile.core.calibration.lift import Corrected, corrected_lift
from last_mile.core.calibration.table import CALIBRATION_SCHEMA, judge_calibration

__all__ = [
    "CALIBRATION_SCHEMA",
    "PER_CELL",
    "PLAN_SCHEMA",
    "Answers",
    "Corrected",
    "LabelCells",
    "PlanCell",
    "answers_in",
    "calibration_fragments",
    "corrected_lift",
    "judge_calibration",
    "next_to_label",
    "read_answers",
    "reading_order",
    "unlabelable",
    "without_value",
]
