"""One group of questions about one conversation, on its way to an answer.

Not here: sending it (adapters/judge/online.py), what follows a fault (policy.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from last_mile.core.judge.policy import Tries
from last_mile.core.judge.prompt import (
    CANARIES,
    conversation_message,
    panels,
    repair_message,
    reply_schema,
    rubric_message,
)
from last_mile.core.judge.reply import (
    Given,
    Reason,
    Verdict,
    canaries_right,
    given_by,
    open_questions,
    storable,
    unreadable,
    unscored,
    verdicts_of,
)
from last_mile.core.rubric import Rubric

_MOST_REPEATED = 20_000  # characters of a reply that is to be mended
_SHORTEST = 1_000  # characters of a conversation; below it nothing can be judged
_ABOUT_THE_REPLY = {"invalid_reply", "missing_answer", "off_menu", "contradiction",
                    "canary_failed", "cut_off"}  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """The questions of one call, with the fixed parts of its prompt."""

    number: int
    metrics: tuple[str, ...]
    asked: tuple[str, ...]  # with the canaries
    prefix: str
    response_format: Mapping[str, Any]
    schema_bytes: int
    canaries: bool


def panels_of(rubric: Rubric) -> list[Panel]:
    """The panels of a rubric's judged metrics."""
    canaries = rubric.judge.canaries
    made = []
    for number, metrics in enumerate(panels(rubric.judged, rubric.judge.grouping)):
        ids = tuple(metric.id for metric in metrics)
        asked = (*ids, *(canary.id for canary in CANARIES if canaries))
        schema = {"name": "verdicts", "strict": True, "schema": reply_schema(asked)}
        response_format = {"type": "json_schema", "json_schema": schema}
        size = len(json.dumps(response_format))
        prefix = rubric_message(metrics, canaries=canaries)
        made.append(Panel(number, ids, asked, prefix, response_format, size, canaries))
    return made


class Settled(NamedTuple):
    """What a reply comes to."""

    verdicts: list[Verdict]
    again: bool
    result: str  # of the call: answered, partial, unusable


def asked_by(panels: Sequence[Panel]) -> str:
    """What panels ask, as JSON: kept beside a batch, whose rubric may have changed meanwhile."""
    return json.dumps([[panel.metrics, panel.canaries] for panel in panels])


def panels_asked(text: str) -> list[Panel]:
    """Panels out of `asked_by`: enough to read replies, not to ask."""
    return [
        Panel(number, tuple(metrics), tuple(metrics), "", {}, 0, canaries)
        for number, (metrics, canaries) in enumerate(json.loads(text))
    ]


@dataclass(slots=True)
class Item:
    """A panel asked about a conversation.

    Attributes:
        conversation: `content_hash`, `conversation_id`, `day`, `messages`, `context`,
            `final_output`.
        limit: Characters of the conversation that are shown.
        model: Which model is asked: 0 is the judge, then its fallbacks.
    """

    conversation: Mapping[str, Any]
    panel: Panel
    limit: int
    tries: Tries = field(default_factory=Tries)
    model: int = 0
    cut_characters: int = 0
    given: Given | None = None
    settled: set[str] = field(default_factory=set)
    is_scored: bool = False  # some question has an answer
    _messages: list[dict[str, str]] = field(default_factory=list)

    def messages(self) -> list[dict[str, str]]:
        """The prompt: the fixed prefix, the conversation, and what was said since."""
        if not self._messages:
            shown, self.cut_characters = conversation_message(self.conversation, self.limit)
            self._messages = [
                {"role": "system", "content": self.panel.prefix},
                {"role": "user", "content": shown},
            ]
        return self._messages

    def take(self, text: str, trouble: Reason | None, *, repairs: int) -> Settled:
        """Take a reply in.

        Args:
            text: The reply.
            trouble: What the provider says of it: `refused`, `cut_off` or None.
            repairs: How often unanswered questions may be asked again.

        Returns:
            The verdicts it settles; whether to ask again for the rest; the result of its call.
        """
        if trouble == "refused":
            return Settled(self.unscored("refused"), False, "unusable")
        given = given_by(text)
        if given.reason and trouble:
            given = unreadable(trouble)
        verdicts, again = self._answered(text, given, repairs)
        scored = sum(verdict.reason == "judged" for verdict in verdicts)
        whole = scored == len(verdicts) and not again
        return Settled(
            verdicts, again, "answered" if whole else "partial" if scored else "unusable"
        )

    def _answered(self, text: str, given: Given, repairs: int) -> tuple[list[Verdict], bool]:
        obeyed = self.panel.canaries and canaries_right(given) is False
        if self.given and not obeyed:  # else nothing of what was said before can be trusted either
            given = self.given.joined(given)
        self.given = given
        missing = open_questions(given, self.panel.asked)
        sound = not self.panel.canaries or canaries_right(given) is not False
        if missing and sound and self.tries.repairs < repairs:
            self.tries.repairs += 1
            self._messages = [
                *self.messages()[:2],
                {"role": "assistant", "content": storable(text[:_MOST_REPEATED]) or "{}"},
                {"role": "user", "content": repair_message(missing)},
            ]
            known = not self.panel.canaries or canaries_right(given) is True
            usable = [m for m in self.panel.metrics if m not in missing] if known else []
            return self._settle(usable), True
        return self._settle(self.panel.metrics), False

    def unscored(self, reason: Reason) -> list[Verdict]:
        """Verdicts of what is not settled yet, when no answer can be had."""
        return unscored([m for m in self.panel.metrics if m not in self.settled], reason)

    def shorten(self) -> bool:
        """Show half of what was shown; False when that would be too little."""
        shown = len(self.messages()[1]["content"])
        self.limit, self._messages = min(self.limit, shown) // 2, []
        return self.limit >= _SHORTEST

    def fall_back(self, models: int) -> bool:
        """Turn to the next model, if there is one."""
        self.model += 1
        self.tries, self.given, self._messages = Tries(), None, []
        return self.model < models

    def _settle(self, metrics: Sequence[str]) -> list[Verdict]:
        due = [metric for metric in metrics if metric not in self.settled]
        self.settled.update(due)
        given = self.given or Given({}, {}, "invalid_reply")
        verdicts = verdicts_of(given, due, self.conversation, canaries=self.panel.canaries)
        self.is_scored = self.is_scored or any(v.reason == "judged" for v in verdicts)
        return verdicts

    def is_unusable(self, verdicts: Sequence[Verdict]) -> bool:
        """Whether its replies gave nothing, by faults of their own."""
        return not self.is_scored and all(v.reason in _ABOUT_THE_REPLY for v in verdicts)
