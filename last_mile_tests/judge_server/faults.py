"""The faults by name: what each does to a request, whether it is paid, and when chance draws one.

Not here: the text of replies (replies.py), writing to connections (server.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

HONEST = "honest"
# A completion was generated and is paid, whatever the client gets of it.
REPLIES = frozenset({
    HONEST, "malformed", "empty", "truncated", "refusal", "filtered", "no_choices", "no_usage",
    "missing", "off_menu", "wrong_type",
})  # fmt: skip
PAID = REPLIES | {"dropped", "hang", "late"}
UNPAID_CONNECTION = frozenset({"reset", "html"})
_WITH_ARGUMENT = {"429", "late", "wrong_type"}


class Refusal(NamedTuple):
    """An answer that is an HTTP error."""

    status: int
    code: str | None
    type: str
    message: str
    param: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """As OpenAI writes it."""
        parts = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": parts}


_INVALID = "invalid_request_error"
ERRORS = {
    "429": Refusal(
        429, "rate_limit_exceeded", "requests",
        "Rate limit reached for gpt-4o-mini in organization org-x on requests per min (RPM): "
        "Limit 500, Used 500, Requested 1. Please try again in 120ms.",
    ),
    "quota": Refusal(
        429, "insufficient_quota", "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "budget": Refusal(  # as LiteLLM's proxy says it
        422, "422", "budget_exceeded", "Budget has been exceeded! Current cost: 2, Max budget: 1",
    ),
    "500": Refusal(500, None, "server_error", "The server had an error processing your request."),
    "503": Refusal(503, None, "service_unavailable", "The engine is currently overloaded."),
    "401": Refusal(401, "invalid_api_key", _INVALID, "Incorrect API key provided: no-key."),
    "404": Refusal(
        404, "model_not_found", _INVALID,
        "The model `gpt-none` does not exist or you do not have access to it.",
    ),
    "too_long": Refusal(
        400, "context_length_exceeded", _INVALID,
        "This model's maximum context length is 128000 tokens. However, your messages resulted in "
        "130000 tokens. Please reduce the length of the messages.", "messages",
    ),
    "policy": Refusal(
        400, "content_policy_violation", _INVALID,
        "Your request was rejected as a result of our safety system.",
    ),
    "bad_request": Refusal(
        400, "unsupported_value", _INVALID,
        "Unsupported value: 'temperature' does not support 0 with this model.", "temperature",
    ),
}  # fmt: skip
KNOWN = PAID | UNPAID_CONNECTION | ERRORS.keys()


class Fault(NamedTuple):
    """A fault and its argument: ("429", "2"), ("late", "0.3")."""

    name: str
    argument: str = ""

    @property
    def paid(self) -> bool:
        """Whether the request is on the bill."""
        return self.name in PAID


def fault_of(text: str) -> Fault:
    """A fault as it is written in a script, such as `429:2`.

    Raises:
        ValueError: There is no such fault.
    """
    name, _, argument = text.partition(":")
    if name not in KNOWN or (argument and name not in _WITH_ARGUMENT):
        raise ValueError(f"unknown fault {text!r}: use one of {', '.join(sorted(KNOWN))}")
    return Fault(name, argument)


@dataclass
class Chance:
    """Faults drawn by rates: the same for the k-th request with the same content, in any order."""

    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    _asked: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse rates that cannot be."""
        for name in self.rates:
            fault_of(name)
        if min(self.rates.values(), default=0) < 0 or sum(self.rates.values()) > 1:
            raise ValueError("the rates of faults must not be negative, nor more than 1 together")

    def draw(self, content_digest: str) -> str:
        """The fault of the next request with this content."""
        if not self.rates:
            return HONEST
        count = self._asked[content_digest] = self._asked.get(content_digest, 0) + 1
        drawn = hashlib.blake2b(f"{self.seed}:{content_digest}:{count}".encode(), digest_size=8)
        left = int.from_bytes(drawn.digest(), "big") / 2**64
        for name, rate in self.rates.items():
            left -= rate
            if left < 0:
                return name
        return HONEST
