"""How groupings of the judge's questions compare: agreement, cost, and which one to use.

Not here: asking them (adapters/judge/comparison.py), which questions make a group (prompt.panels).
"""

from last_mile.core.judge.grouping.advice import recommendation
from last_mile.core.judge.grouping.agreement import Agreement, agreement_of
from last_mile.core.judge.grouping.rows import Comparison, Measured, judge_grouping
from last_mile.core.judge.grouping.rule import ACCEPTABLE, ONE, POOLED, reason_of, recommended

__all__ = [
    "ACCEPTABLE", "ONE", "POOLED", "Agreement", "Comparison", "Measured", "agreement_of",
    "judge_grouping", "reason_of", "recommendation", "recommended",
]  # fmt: skip
