"""Heuristic metrics: vectorised Polars rules that answer a metric's question from the text alone.

This is the public face. No judge, no files and no Python function per row belongs in here.
"""

from last_mile.core.heuristics.apply import REASONS, RULES, build_rule, heuristic_flags
from last_mile.core.heuristics.rule import Rule

__all__ = ["REASONS", "RULES", "Rule", "build_rule", "heuristic_flags"]
