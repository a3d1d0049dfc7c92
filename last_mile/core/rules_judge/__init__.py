"""A judge made of rules: it answers the judged metrics of proposals without a model, for nothing.

This is the public face. It is a baseline and an offline stand-in; prompts belong with the model.
"""

from last_mile.core.rules_judge.reading import Finding
from last_mile.core.rules_judge.table import KNOWN, judge

__all__ = ["KNOWN", "Finding", "judge"]
