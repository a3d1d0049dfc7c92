"""Tiers, and how training data is made of them: proof, splits, pairs, names to take out.

Not here: doing any of it (core/training).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from last_mile.core.expression import RuleSyntaxError, has_alternatives, names_in
from last_mile.core.rubric.parts import Identifier, Part, RubricError

DocumentPrefix = Annotated[str, Field(min_length=1, max_length=100)]
_LONGEST_PATTERN = 500


class TierRule(Part):
    """A quality class and a rule that puts a conversation in it (first match wins).

    A tier may have several rules, each with its reason.
    """

    tier: Identifier
    reason: Identifier | None = None
    when: str
    train: Literal["desirable", "undesirable"] | None = None
    about: str = ""

    @property
    def name(self) -> str:
        """Tier and reason, as people read them."""
        return f"{self.tier} ({self.reason})" if self.reason else self.tier

    @model_validator(mode="after")
    def _negatives_are_conjunctions(self) -> TierRule:
        try:
            alternatives = self.train == "undesirable" and has_alternatives(self.when)
        except RuleSyntaxError:
            return self  # the rubric names the place
        if alternatives:
            raise ValueError(
                "an undesirable tier is a named conjunction: write each alternative of its `or` as "
                "a rule of its own, with its `reason`"
            )
        return self


class NamePattern(Part):
    """Where context documents hold names: each group of the pattern is one."""

    document: DocumentPrefix  # of documents whose id begins so
    pattern: str = Field(max_length=_LONGEST_PATTERN)

    @field_validator("pattern")
    @classmethod
    def _has_groups(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"is no regular expression ({error.msg})") from error
        if not groups:
            raise ValueError("put the name in parentheses: `(?m)^Contact: (.+)$`")
        return pattern


class Contrast(Part):
    """Pairs across conversations on one task: which answers may win and lose, what both saw."""

    chosen: str  # rule
    rejected: str  # rule
    documents: tuple[DocumentPrefix, ...] = Field(min_length=1)  # everyone with the task sees them
    request: str = Field(min_length=8, max_length=2_000)  # the user's part of the shared prompt
    margin: float = Field(default=0.05, ge=0, allow_inf_nan=False)  # least, in log relative risk


class Training(Part):
    """How training data is made."""

    chosen_until: date | None = None  # last day looked at when tiers were chosen; None: half of all
    unproven: Literal["lock", "warn"] = "lock"  # a tier whose outcome is not as its rule says
    salt: str = Field(default="last_mile/1", min_length=1, max_length=100)  # of the splits
    test_percent: int = Field(default=10, ge=1, le=50)  # of tasks
    holdout_days: int = Field(default=7, ge=0, le=365)  # newest days, for the final evaluation
    seed: int = Field(default=1, ge=0)  # of the order of rows
    names: tuple[NamePattern, ...] = ()
    contrast: Contrast | None = None


def check_rule(rule: str, metrics: set[str], *loc: str | int) -> None:
    """Refuse a rule that is no boolean expression over metrics.

    Raises:
        RubricError: With the path of the rule.
    """
    try:
        unknown = sorted(names_in(rule) - metrics)
    except RuleSyntaxError as error:
        raise RubricError(str(error), *loc) from error
    if unknown:
        raise RubricError(f"names unknown metrics: {', '.join(unknown)}", *loc)
