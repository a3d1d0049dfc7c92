"""One call through LiteLLM: what came back, or which kind of fault it met.

Texts of errors are read here and never shown: providers quote the prompt in them. Not here: what
follows a fault (core/judge/policy.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from last_mile.adapters.judge.client import litellm, model_of
from last_mile.core.judge.call import model_name
from last_mile.core.judge.money import Usage, counted
from last_mile.core.judge.policy import Fault, Kind
from last_mile.core.judge.reply import Reason

_LONGEST_WAIT_S = 3600.0
_QUOTA = re.compile(r"insufficient_quota|billing_hard_limit|exceeded your current quota", re.I)
# Of LiteLLM's proxy, with status 422, or 429 as before. In JSON a prompt's own quotes are escaped.
_BUDGET = re.compile(r"""["']type["']: ?["']budget_exceeded["']""")
_POLICY = re.compile(r"content.?(policy|filter|management)|safety system|moderation", re.I)
_TOO_LONG = re.compile(r"context.?(length|window)|maximum context|too many tokens|too long", re.I)
_NOT_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout"}  # of httpx, in the chain of causes
_BY_STATUS: dict[int, Kind] = {
    200: "in_doubt", 400: "rejected", 401: "fatal", 402: "fatal", 403: "fatal", 404: "fatal",
    408: "in_doubt", 413: "too_long", 422: "rejected", 429: "rate_limited", 503: "overloaded",
    504: "in_doubt", 529: "overloaded",
}  # fmt: skip
_BY_CLASS: dict[str, Kind] = {
    "ContextWindowExceededError": "too_long", "ContentPolicyViolationError": "refused",
}  # fmt: skip


class Reply(NamedTuple):
    """What a judge said; it was paid."""

    text: str
    usage: Usage | None  # None: the provider did not count
    trouble: Reason | None = None  # refused: there is no text; cut_off: it may be half
    model: str | None = None  # as the provider names it; None: it does not


def request_body(
    messages: Sequence[Mapping[str, str]],
    response_format: Mapping[str, Any],
    most_output_tokens: int,
    *,
    reasons: bool,
) -> dict[str, Any]:
    """What a chat completion is asked with, besides the model; reasoning models fix two fields."""
    limit = {"max_completion_tokens": most_output_tokens}
    if not reasons:
        limit = {"max_tokens": most_output_tokens, "temperature": 0}
    return {"messages": list(messages), "response_format": response_format, **limit}


async def ask(
    judge: str,
    messages: Sequence[Mapping[str, str]],
    response_format: Mapping[str, Any],
    *,
    most_output_tokens: int,
    timeout_s: float,
    call_id: str,
) -> Reply | Fault:
    """Send one call; never raises for what a provider does."""
    try:
        response = await litellm().acompletion(
            model=model_of(judge),
            messages=list(messages),
            response_format=response_format,
            max_tokens=most_output_tokens,
            temperature=0,
            timeout=timeout_s,
            num_retries=0,
            max_retries=0,
            drop_params=True,
            extra_headers={"X-Client-Request-Id": call_id},
        )
    except Exception as error:  # every provider has its own; sorted by status and cause
        return fault_of(error)
    try:
        return reply_of(response)
    except Exception as error:  # of a shape that was never seen; it was answered
        return Fault("in_doubt", f"unreadable answer, {type(error).__name__}")


def reply_of(response: Any) -> Reply:
    """The reply in a completion; empty, cut and refused ones come as successes too."""
    usage = _usage(getattr(response, "usage", None))
    model = model_name(getattr(response, "model", None))
    if not response.choices:
        return Reply("", usage, model=model)
    choice = response.choices[0]
    fields = getattr(choice.message, "provider_specific_fields", None) or {}
    if choice.finish_reason == "content_filter" or fields.get("refusal"):
        return Reply("", usage, "refused", model)
    text = choice.message.content or ""
    return Reply(text, usage, "cut_off" if choice.finish_reason == "length" else None, model)


def fault_of(error: Exception) -> Fault:
    """The kind of a LiteLLM exception.

    Its status is the provider's only where an HTTP answer arrived whole, which its headers show;
    for faults of the connection LiteLLM makes one up, and the chain of causes says what happened.
    """
    name, headers = type(error).__name__, getattr(error, "litellm_response_headers", None)
    status = getattr(error, "status_code", None)
    if headers is None and name not in _BY_CLASS and status not in (401, 429):
        sent = _NOT_SENT.isdisjoint(_causes(error))
        return Fault("in_doubt" if sent else "network", name)
    what = f"{name}, status {status}"
    kind = _BY_CLASS.get(name) or _BY_STATUS.get(status or 0, "failed")
    text = str(error)
    if kind == "rate_limited" and _QUOTA.search(text):
        return Fault("fatal", f"{what}, quota exhausted")
    if kind in ("rate_limited", "rejected") and _BUDGET.search(text):
        return Fault("fatal", f"{what}, the proxy's budget is spent")
    if kind == "rejected" and _TOO_LONG.search(text):
        kind = "too_long"
    if kind == "rejected" and _POLICY.search(text):
        kind = "refused"
    return Fault(kind, what, _retry_after(headers or {}))


def _usage(usage: Any) -> Usage | None:
    details = getattr(usage, "prompt_tokens_details", None)
    return counted(
        getattr(usage, "prompt_tokens", None),
        getattr(details, "cached_tokens", None),
        getattr(usage, "completion_tokens", None),
    )


def _causes(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield type(error).__name__
        error = error.__cause__ or error.__context__


def _retry_after(headers: Mapping[str, Any]) -> float | None:
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:  # a date, or nothing
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_WAIT_S)
