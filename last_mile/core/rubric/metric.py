"""Metrics, how the judged ones are asked, and outcomes. Not here: tiers (training.py)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from last_mile.core.heuristics import build_rule
from last_mile.core.rubric.parts import TAKEN, Identifier, Part, StratumName, digest

AdjustName = StratumName  # a stratum, a metric, or one of the words of rubric.py
Grouping = Literal["all", "one"] | Annotated[int, Field(ge=2, le=100)]
# Lines of a YAML file may be broken anywhere: white space decides no answer.
Words = Annotated[str, AfterValidator(lambda text: " ".join(text.split()))]
_DECIDE_NO_ANSWER = {"prior", "labels", "about", "adjust", "leaks"}


class Prior(Part):
    """What somebody believed before looking: the sign of the effect, by whom and when."""

    sign: Literal[-1, 0, 1]
    author: str
    date: date
    exploratory: bool = False  # written after looking at the outcome, whatever its date

    @model_serializer(mode="wrap")
    def _unsaid_is_left_out(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A prior that does not say it is exploratory is told as before: hashes stay."""
        told: dict[str, Any] = serialize(self)
        if not self.exploratory:
            told.pop("exploratory", None)
        return told


class LabelSource(Part):
    """Which rows of a label drop answer a metric: any turn with this value makes it true."""

    metric: str
    value: str | None = None
    annotator: str | None = None


class Metric(Part):
    """One binary question about a conversation."""

    id: Identifier
    kind: Literal["heuristic", "judge"]
    about: Literal["engagement", "text"] = "text"
    question: Words = Field(min_length=8)
    not_applicable: Words | None = None
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
        if self.id in TAKEN:
            raise ValueError(f"`{self.id}` is a column of the tables; choose another id")
        return self

    @property
    def definition_hash(self) -> str:
        """First 16 hex digits of the hash of what decides this metric's answers."""
        decides = self.model_dump(mode="json", exclude=_DECIDE_NO_ANSWER)
        return digest(decides)


class Asking(Part):
    """How the judged metrics are asked: what decides the answers besides questions and model."""

    grouping: Grouping = "all"  # questions of a call: all, one each, or this many groups
    max_characters: int = Field(default=60_000, ge=1_000)  # of a conversation that a judge sees
    max_output_tokens: int | None = Field(default=None, ge=50)  # of a reply; None: by question
    canaries: bool = True  # questions with a known answer that show a judge which obeyed the text
    fallback: tuple[str, ...] = ()  # models asked, in order, when the judge does not answer
    unverified: Literal["keep", "unscored"] = "keep"  # positives whose quote is not in the text

    @property
    def mark(self) -> str:
        """Of versions of flags: what is decided when they are made of answers; empty by default."""
        return "" if self.unverified == "keep" else f":{self.unverified}"


class OutcomeKind(Part):
    """A business result: when it counts as positive, and how long it may take to arrive."""

    id: Identifier
    horizon_days: int = Field(ge=0, le=730)
    at_least: float = Field(default=1.0, allow_inf_nan=False)
    primary: bool = False
    decided_by: Literal["conversation", "task"] = "conversation"  # task: of one user, once
    attribution: Literal["last", "first"] = "last"  # of a task's conversations: which one counts
