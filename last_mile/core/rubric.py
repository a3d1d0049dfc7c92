"""The rubric: everything domain-specific, as validated values with the hashes of their definitions.

Belongs here: the model and its messages. Not here: reading the file (adapters/rubric_file.py).
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from last_mile.core.expression import RuleSyntaxError, names_in
from last_mile.core.heuristics import build_rule

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
StratumName = Annotated[
    str, StringConstraints(pattern=r"^(attributes\.)?[A-Za-z][A-Za-z0-9_]{0,62}$")
]
AdjustName = StratumName  # a stratum, a metric, or one of the words below
STRATA, ENGAGEMENT = "strata", "engagement"  # all strata of the rubric; all engagement metrics
Grouping = Literal["all", "one"] | Annotated[int, Field(ge=2, le=100)]
ORDINARY = "ordinary"
_TAKEN = {
    "conversation_id", "user_id", "model", "surface", "category", "task_id", "started_at", "day",
    "everyone", "outcome", "content_hash", "release", "scope", "n", "judge_weight",
    "list_has_two", "list_has_thousand", "all", "strata", "engagement",
}  # fmt: skip


_DECIDE_NO_ANSWER = {"prior", "labels", "about", "adjust", "leaks"}


class RubricError(ValueError):
    """Something wrong between the entries of a rubric, with the path of the entry to change."""

    def __init__(self, message: str, *loc: str | int) -> None:
        super().__init__(message)
        self.loc = loc


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prior(_Part):
    """What somebody believed before looking: the sign of the effect, by whom and when."""

    sign: Literal[-1, 0, 1]
    author: str
    date: date


class LabelSource(_Part):
    """Which rows of a label drop answer a metric: any turn with this value makes it true."""

    metric: str
    value: str | None = None
    annotator: str | None = None


class Metric(_Part):
    """One binary question about a conversation."""

    id: Identifier
    kind: Literal["heuristic", "judge"]
    about: Literal["engagement", "text"] = "text"
    question: str = Field(min_length=8)
    not_applicable: str | None = None
    prior: Prior
    rule: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    recorded: LabelSource | None = None
    labels: LabelSource | None = None
    adjust: tuple[AdjustName, ...] | None = None  # what its lift is adjusted for; None: by `about`
    leaks: str | None = Field(default=None, min_length=8)  # why it knows the outcome, if it does

    @model_validator(mode="after")
    def _kind_decides_fields(self) -> Metric:
        if self.kind == "judge" and (self.rule or self.params):
            raise ValueError("`rule` and `params` belong to heuristic metrics; remove them")
        if self.kind == "heuristic" and self.recorded:
            raise ValueError("`recorded` belongs to judge metrics; remove it")
        if self.kind == "heuristic":
            build_rule(self.rule or self.id, self.params)
        if self.id in _TAKEN:
            raise ValueError(f"`{self.id}` is a column of the tables; choose another id")
        return self

    @property
    def definition_hash(self) -> str:
        """First 16 hex digits of the hash of what decides this metric's answers."""
        decides = self.model_dump(mode="json", exclude=_DECIDE_NO_ANSWER)
        return digest(decides)


class Asking(_Part):
    """How the judged metrics are asked: what decides the answers besides questions and model."""

    grouping: Grouping = "all"  # questions of a call: all, one each, or this many groups
    max_characters: int = Field(default=60_000, ge=1_000)  # of a conversation that a judge sees
    max_output_tokens: int | None = Field(default=None, ge=50)  # of a reply; None: by question
    canaries: bool = True  # questions with a known answer that show a judge which obeyed the text
    fallback: tuple[str, ...] = ()  # models asked, in order, when the judge does not answer
    unverified: Literal["keep", "unscored"] = "keep"  # positives whose quote is not in the text


class OutcomeKind(_Part):
    """A business result: when it counts as positive, and how long it may take to arrive."""

    id: Identifier
    horizon_days: int = Field(ge=0, le=730)
    at_least: float = Field(default=1.0, allow_inf_nan=False)
    primary: bool = False
    decided_by: Literal["conversation", "task"] = "conversation"  # task: of one user, once
    attribution: Literal["last", "first"] = "last"  # of a task's conversations: which one counts


class TierRule(_Part):
    """A quality class and the rule that puts a conversation in it (first match wins)."""

    tier: Identifier
    when: str
    train: Literal["desirable", "undesirable"] | None = None
    about: str = ""


class Rubric(_Part):
    """A validated rubric.

    Raises:
        pydantic.ValidationError: With the path of the field and the fix.
    """

    name: Identifier
    version: int = Field(ge=1)
    about: str = ""
    outcomes: tuple[OutcomeKind, ...] = Field(min_length=1)
    strata: tuple[StratumName, ...] = ()
    judge: Asking = Asking()
    metrics: tuple[Metric, ...] = Field(min_length=1)
    tiers: tuple[TierRule, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Rubric:
        self._refuse_repeats("metrics", [metric.id for metric in self.metrics], "id")
        self._refuse_repeats("outcomes", [kind.id for kind in self.outcomes], "id")
        self._refuse_repeats("tiers", [rule.tier for rule in self.tiers], "tier")
        known = {metric.id for metric in self.metrics}
        for i, kind in enumerate(self.outcomes):
            if kind.id in known or kind.id in _TAKEN:
                message = f"`{kind.id}` is a metric or a column of the tables; rename the outcome"
                raise RubricError(message, "outcomes", i, "id")
            if kind.primary and any(other.primary for other in self.outcomes[:i]):
                message = "a second outcome is primary; keep `primary: true` on one"
                raise RubricError(message, "outcomes", i, "primary")
        self._refuse_clashing_strata(known | {kind.id for kind in self.outcomes} | _TAKEN)
        for i, metric in enumerate(self.metrics):
            self._check_adjustment(metric, i)
        for i, rule in enumerate(self.tiers):
            _check_tier(rule, known, i)
        return self

    def _refuse_clashing_strata(self, columns: set[str]) -> None:
        for i, name in enumerate(self.strata):
            if (
                name.startswith("attributes.")
                and name.removeprefix("attributes.").lower() in columns
            ):
                raise RubricError(f"`{name}` would be a second column of its name", "strata", i)

    def _check_adjustment(self, metric: Metric, position: int) -> None:
        """An adjustment names what the rubric knows, and nothing that the metric itself causes."""
        text = {other.id for other in self.metrics if other.about == "text"}
        known = {*self.strata, *(other.id for other in self.metrics), STRATA, ENGAGEMENT}
        for name in metric.adjust or ():
            if name not in known or name == metric.id:
                message = f"`{name}` is no stratum and no other metric of this rubric"
            elif metric.about == "engagement" and (name == ENGAGEMENT or name in text):
                message = f"`{name}` may follow from what the user did; leave it out"
            else:
                continue
            raise RubricError(message, "metrics", position, "adjust")

    def adjustment(self, metric: Metric) -> tuple[str, ...]:
        """What a metric's lift is adjusted for: names of strata and of metrics, each once.

        Declared in the rubric; by default the strata, and for a text metric engagement as well.
        """
        by_kind = {"engagement": (STRATA,), "text": (STRATA, ENGAGEMENT)}
        engagement = [m.id for m in self.metrics if m.about == "engagement" and not m.leaks]
        groups = {STRATA: list(self.strata), ENGAGEMENT: engagement}
        declared = by_kind[metric.about] if metric.adjust is None else metric.adjust
        names = [name for word in declared for name in groups.get(word, [word])]
        return tuple(name for name in dict.fromkeys(names) if name != metric.id)

    @staticmethod
    def _refuse_repeats(section: str, values: list[str], field: str) -> None:
        for i, value in enumerate(values):
            if value in values[:i]:
                raise RubricError(f"`{value}` stands twice; keep one", section, i, field)

    @property
    def primary(self) -> OutcomeKind:
        """The outcome the report leads with: the one marked primary, else the first."""
        return next((kind for kind in self.outcomes if kind.primary), self.outcomes[0])

    @property
    def heuristics(self) -> tuple[Metric, ...]:
        """Metrics answered by a rule over the text."""
        return tuple(metric for metric in self.metrics if metric.kind == "heuristic")

    @property
    def judged(self) -> tuple[Metric, ...]:
        """Metrics answered by a judge."""
        return tuple(metric for metric in self.metrics if metric.kind == "judge")

    @property
    def hash(self) -> str:
        """First 16 hex digits of the hash of the whole rubric (formatting does not count)."""
        return digest(self.model_dump(mode="json"))


def digest(value: object) -> str:
    """First 16 hex digits of the sha256 of a JSON value with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _check_tier(rule: TierRule, known: set[str], position: int) -> None:
    try:
        unknown = sorted(names_in(rule.when) - known)
    except RuleSyntaxError as error:
        raise RubricError(str(error), "tiers", position, "when") from error
    if unknown:
        message = f"names unknown metrics: {', '.join(unknown)}"
        raise RubricError(message, "tiers", position, "when")
    if rule.tier == ORDINARY:
        message = f"`{ORDINARY}` is the tier of what no rule matches; rename it"
        raise RubricError(message, "tiers", position, "tier")
