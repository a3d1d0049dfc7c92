"""From a judge's reply to one verdict per question: validated, quotes checked, nothing guessed.

An answer that is missing, off the menu or not JSON is `unscored` with its reason, never `false`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Flag = Literal["true", "false", "not_applicable", "unscored"]
Reason = Literal[
    "judged", "invalid_reply", "missing_answer", "off_menu", "contradiction", "refused", "cut_off",
    "too_long",
]  # fmt: skip
_QUOTE_LIMIT = 500


class Verdict(NamedTuple):
    """One answer of a judge to one question."""

    metric: str
    flag: Flag
    reason: Reason
    confidence: float | None = None
    message_index: int | None = None
    quote: str | None = None
    quote_verified: bool | None = None


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    answer: Literal["true", "false", "not_applicable"]
    confidence: float = Field(ge=0, le=1)
    message: int | None = Field(default=None, ge=0, le=1_000_000)
    quote: str | None = None


class _Reply(BaseModel):
    verdicts: list[dict[str, Any]]


def read_reply(
    reply: str, metrics: Sequence[str], conversation: Mapping[str, Any]
) -> list[Verdict]:
    """One verdict for every metric that was asked.

    Args:
        reply: The judge's text.
        metrics: Ids that were asked.
        conversation: What the judge saw, to check its quotes.

    Returns:
        Verdicts in the order of `metrics`; answers about other metrics are dropped.
    """
    try:
        given = _Reply.model_validate_json(_json_part(reply)).verdicts
    except ValidationError:
        return unscored(metrics, "invalid_reply")
    by_metric: dict[str, list[dict[str, Any]]] = {}
    for item in given:
        by_metric.setdefault(str(item.get("metric")), []).append(item)
    texts = [message.get("content") or "" for message in conversation["messages"]]
    texts.append(conversation["final_output"] or "")
    return [_verdict(metric, by_metric.get(metric, []), texts) for metric in metrics]


def unscored(metrics: Sequence[str], reason: Reason) -> list[Verdict]:
    """The same reason for every question of a call that gave no answers."""
    return [Verdict(metric, "unscored", reason) for metric in metrics]


def _verdict(metric: str, items: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> Verdict:
    if not items:
        return Verdict(metric, "unscored", "missing_answer")
    if len({str(item.get("answer")) for item in items}) > 1:
        return Verdict(metric, "unscored", "contradiction")
    try:
        answer = _Answer.model_validate(items[0])
    except ValidationError:
        return Verdict(metric, "unscored", "off_menu")
    quote = answer.quote or None
    verified = None
    if quote is not None:
        index = answer.message
        verified = index is not None and index < len(texts) and quote in texts[index]
    return Verdict(
        metric,
        answer.answer,
        "judged",
        answer.confidence,
        answer.message,
        quote and quote[:_QUOTE_LIMIT],
        verified,
    )


def _json_part(reply: str) -> str:
    """The reply without a Markdown fence around it."""
    text = reply.strip()
    if text.startswith("```") and text.endswith("```"):
        return text.removeprefix("```json").removeprefix("```").removesuffix("```")
    return text
