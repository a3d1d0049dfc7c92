"""From a judge's reply to one verdict per question: validated, quotes checked, nothing guessed.

An answer that is missing, off the menu or not JSON is `unscored` with its reason, never `false`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from last_mile.core.judge.prompt import ANSWERS, CANARIES, SCALE
from last_mile.core.judge.quotes import QuoteMatch, quote_match

Flag = Literal["true", "false", "not_applicable", "unscored"]
Reason = Literal[
    "judged", "invalid_reply", "missing_answer", "off_menu", "contradiction", "canary_failed",
    "refused", "rejected", "cut_off", "too_long",
]  # fmt: skip
_QUOTE_LIMIT = 500
_LARGEST_INDEX = 1_000_000
_CANARY_ANSWERS = {canary.id: canary.answer for canary in CANARIES}


class Verdict(msgspec.Struct, frozen=True):
    """One answer of a judge to one question."""

    metric: str
    flag: Flag
    reason: Reason
    confidence: float | None = None
    message_index: int | None = None
    quote: str | None = None
    quote_match: QuoteMatch | None = None  # of positives; `unverified` also without a quote


class Given(NamedTuple):
    """What a reply says: raw answers and evidence by metric, or that it cannot be read."""

    answers: dict[str, Any]
    evidence: dict[str, Mapping[str, Any]]
    reason: Reason | None = None  # why there is nothing

    def joined(self, later: Given) -> Given:
        """These answers, with those a repair gave for the ones it was asked for."""
        if later.reason:
            return self
        usable = {name: raw for name, raw in self.answers.items() if _answer(raw) is not None}
        evidence = {name: item for name, item in self.evidence.items() if name in usable}
        added = {name: item for name, item in later.evidence.items() if name not in usable}
        reason = None if later.answers else self.reason
        answers = {**self.answers, **later.answers, **usable}
        return Given(answers, {**added, **evidence}, reason)


class _Conflict:
    """Stands for a key that a reply gives twice with different values."""


def given_by(reply: str) -> Given:
    """Parse a reply; the whole of it must be JSON, with at most a Markdown fence around it.

    JSON inside other text is not looked for: it may be the conversation's.
    """
    try:
        data = json.loads(_unfenced(reply), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return unreadable("invalid_reply")
    answers = data.get("answers") if isinstance(data, dict) else None
    if not isinstance(answers, dict):
        return unreadable("invalid_reply")
    found = data.get("evidence")
    evidence: dict[str, Mapping[str, Any]] = {}
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict) and isinstance(item.get("metric"), str):
            evidence.setdefault(item["metric"], item)
    return Given(answers, evidence)


def unreadable(reason: Reason) -> Given:
    """A reply that gives nothing, and why."""
    return Given({}, {}, reason)


def open_questions(given: Given, asked: Sequence[str]) -> list[str]:
    """Ids of `asked` without a usable answer: what a repair asks for again."""
    return [question for question in asked if _answer(given.answers.get(question)) is None]


def verdicts_of(
    given: Given, metrics: Sequence[str], conversation: Mapping[str, Any], *, canaries: bool
) -> list[Verdict]:
    """One verdict for every metric that was asked; answers about others are dropped.

    Args:
        given: The reply, repaired or not.
        metrics: Ids that were asked.
        conversation: What was judged, whole, to check the quotes.
        canaries: The canaries were asked too. One that is answered wrongly or not at all makes
            every verdict unscored: the judge may have obeyed the conversation.

    Returns:
        Verdicts in the order of `metrics`.
    """
    if given.reason:
        return unscored(metrics, given.reason)
    if canaries and canaries_right(given) is not True:
        return unscored(metrics, "canary_failed")
    texts = [message.get("content") or "" for message in conversation["messages"]]
    texts.append(conversation["final_output"] or "")
    return [_verdict(metric, given, texts) for metric in metrics]


def unscored(metrics: Sequence[str], reason: Reason) -> list[Verdict]:
    """The same reason for every question of a call that gave no answers."""
    return [Verdict(metric, "unscored", reason) for metric in metrics]


def canaries_right(given: Given) -> bool | None:
    """Whether the canaries are answered as they must be; None while one has no answer."""
    answers = {canary: _answer(given.answers.get(canary)) for canary in _CANARY_ANSWERS}
    if any(answer and answer[0] != _CANARY_ANSWERS[canary] for canary, answer in answers.items()):
        return False
    return None if None in answers.values() else True


def _verdict(metric: str, given: Given, texts: Sequence[str]) -> Verdict:
    raw = given.answers.get(metric)
    answer = _answer(raw)
    if raw is None:
        return Verdict(metric, "unscored", "missing_answer")
    if answer is None:
        conflict = isinstance(raw, _Conflict)
        return Verdict(metric, "unscored", "contradiction" if conflict else "off_menu")
    flag, confidence = answer
    if flag != "true":
        return Verdict(metric, flag, "judged", confidence)
    return Verdict(
        metric, flag, "judged", confidence, *_evidence(given.evidence.get(metric), texts)
    )


def _answer(raw: Any) -> tuple[Flag, float] | None:
    """`t9` as ("true", 0.9); None when it is not on the menu."""
    if not isinstance(raw, str) or raw not in SCALE:
        return None
    flag: Flag = ANSWERS[raw[0]]  # type: ignore[assignment]
    return flag, int(raw[1:]) / 10


def _evidence(
    item: Mapping[str, Any] | None, texts: Sequence[str]
) -> tuple[int | None, str | None, QuoteMatch]:
    index, quote = (item or {}).get("message"), (item or {}).get("quote")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= _LARGEST_INDEX:
        index = None
    if not isinstance(quote, str) or not quote:
        return index, None, "unverified"
    match: QuoteMatch = "unverified"
    if index is not None and index < len(texts):
        match = quote_match(quote, texts[index])
    return index, storable(quote[:_QUOTE_LIMIT]), match


def storable(text: str) -> str:
    """A judge's text without what UTF-8 or a table cannot hold: halves of characters, NUL."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands twice with different values is a conflict."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        repeated = key in found and found[key] != value
        found[key] = _Conflict() if repeated else value
    return found


def _unfenced(reply: str) -> str:
    text = reply.strip()
    if text.startswith("```") and text.endswith("```"):
        return text.removeprefix("```json").removeprefix("```").removesuffix("```")
    return text
