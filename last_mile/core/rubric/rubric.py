"""The whole rubric, and what must hold between its sections."""

from __future__ import annotations

from pydantic import Field, model_validator

from last_mile.core.rubric.metric import Asking, Metric, OutcomeKind
from last_mile.core.rubric.parts import (
    TAKEN,
    Identifier,
    Part,
    RubricError,
    StratumName,
    digest,
)
from last_mile.core.rubric.training import TierRule, Training, check_rule

STRATA, ENGAGEMENT = "strata", "engagement"  # all strata of the rubric; all engagement metrics
ORDINARY = "ordinary"


class Rubric(Part):
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
    training: Training = Training()

    @model_validator(mode="after")
    def _whole(self) -> Rubric:
        self._refuse_repeats("metrics", [metric.id for metric in self.metrics], "id")
        self._refuse_repeats("outcomes", [kind.id for kind in self.outcomes], "id")
        self._refuse_repeats("tiers", [rule.name for rule in self.tiers], "tier")
        known = {metric.id for metric in self.metrics}
        for i, kind in enumerate(self.outcomes):
            if kind.id in known or kind.id in TAKEN:
                message = f"`{kind.id}` is a metric or a column of the tables; rename the outcome"
                raise RubricError(message, "outcomes", i, "id")
            if kind.primary and any(other.primary for other in self.outcomes[:i]):
                message = "a second outcome is primary; keep `primary: true` on one"
                raise RubricError(message, "outcomes", i, "primary")
        self._refuse_clashing_strata(known | {kind.id for kind in self.outcomes} | TAKEN)
        for i, metric in enumerate(self.metrics):
            self._check_adjustment(metric, i)
        self._check_tiers(known)
        return self

    def _refuse_clashing_strata(self, columns: set[str]) -> None:
        for i, name in enumerate(self.strata):
            if (
                name.startswith("attributes.")
                and name.removeprefix("attributes.").lower() in columns
            ):
                raise RubricError(f"`{name}` would be a second column of its name", "strata", i)

    def _check_tiers(self, metrics: set[str]) -> None:
        """Rules hold metrics only, and all rules of one tier train in the same way."""
        trains: dict[str, object] = {}
        for i, rule in enumerate(self.tiers):
            check_rule(rule.when, metrics, "tiers", i, "when")
            if rule.tier == ORDINARY:
                message = f"`{ORDINARY}` is the tier of what no rule matches; rename it"
                raise RubricError(message, "tiers", i, "tier")
            if trains.setdefault(rule.tier, rule.train) != rule.train:
                message = f"another rule of `{rule.tier}` trains in another way; rename one"
                raise RubricError(message, "tiers", i, "train")
        for side in ("chosen", "rejected") if self.training.contrast else ():
            when = getattr(self.training.contrast, side)
            check_rule(when, metrics, "training", "contrast", side)

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

    def flag_definition(self, metric: Metric) -> str:
        """What a metric's flags are made by: its definition, and how answers become flags."""
        return metric.definition_hash + (self.judge.mark if metric.kind == "judge" else "")

    @property
    def hash(self) -> str:
        """First 16 hex digits of the hash of the whole rubric (formatting does not count)."""
        return digest(self.model_dump(mode="json"))
