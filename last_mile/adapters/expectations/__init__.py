"""Runs the checks between the stages over a warehouse, with Great Expectations.

Not here: what is expected (core/expectation), Dagster (defs/checks.py).
"""

from last_mile.adapters.expectations.frames import check_frame
from last_mile.adapters.expectations.suites import run_check
from last_mile.adapters.expectations.sweep import sweep

__all__ = ["check_frame", "run_check", "sweep"]
