"""Which expectations hold between the stages: one table, read by the checks and by people.

Not here: the queries (sql/checks/), running them (adapters/expectations), Dagster (defs/checks.py).
"""

from last_mile.core.expectation.daily import CONVERSATION_CHECKS, FLAG_CHECKS, OUTCOME_CHECKS
from last_mile.core.expectation.fragments import check_fragments, columns_of_rubric
from last_mile.core.expectation.history import EVIDENCE_CHECKS, LANDING_CHECKS
from last_mile.core.expectation.kinds import (
    AS_DECLARED,
    Expectation,
    Severity,
    StageCheck,
    at_least,
    between,
    equal,
    none,
    one_of,
    present,
    unique,
)
from last_mile.core.expectation.page import checks_page
from last_mile.core.expectation.results import Checked, CheckResult
from last_mile.core.expectation.training import TRAINING_CHECKS

STAGE_CHECKS: tuple[StageCheck, ...] = (
    *LANDING_CHECKS,
    *CONVERSATION_CHECKS,
    *FLAG_CHECKS,
    *OUTCOME_CHECKS,
    *EVIDENCE_CHECKS,
    *TRAINING_CHECKS,
)

__all__ = [
    "AS_DECLARED",
    "STAGE_CHECKS",
    "CheckResult",
    "Checked",
    "Expectation",
    "Severity",
    "StageCheck",
    "at_least",
    "between",
    "check_fragments",
    "checks_page",
    "columns_of_rubric",
    "equal",
    "none",
    "one_of",
    "present",
    "unique",
]
