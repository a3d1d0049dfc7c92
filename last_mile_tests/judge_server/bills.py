"""Tokens and money: what a request costs, and the list of everything that was paid.

Not here: which requests are paid (faults.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

CHARACTERS_PER_TOKEN = 4
CACHEABLE_TOKENS, CACHE_STEP = 1024, 128  # OpenAI: prefixes from 1,024 tokens, in steps of 128


class Bill(NamedTuple):
    """One paid request."""

    request_id: str | None  # header X-Client-Request-Id; the custom_id of a batch row
    nano: int  # nano-dollars
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    content_digest: str  # `digest_of` the messages that were sent


class Price(NamedTuple):
    """Nano-dollars per token; the default is gpt-4o-mini's."""

    input: int = 150
    cached: int = 75
    output: int = 600


GPT_4O_MINI = Price()


def digest_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """Digest of the contents of messages, in order: 32 hex digits. None counts as empty."""
    found = hashlib.blake2b(digest_size=16)
    for message in messages:
        text = (message.get("content") or "").encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(text))
        found.update(text)
    return found.hexdigest()


@dataclass
class Till:
    """Counts tokens as a provider would, and keeps the bills."""

    price: Price = GPT_4O_MINI
    on_bill: Callable[[Bill], None] | None = None
    bills: list[Bill] = field(default_factory=list)
    paid_nano: int = 0
    _prefixes: set[str] = field(default_factory=set)

    def charge(
        self,
        messages: Sequence[Mapping[str, Any]],
        reply: str,
        request_id: str | None,
        *,
        digest: str | None = None,
        half: bool = False,
    ) -> Bill:
        """Bill a request; its system message is cached from now on.

        Args:
            messages: What was sent.
            reply: The text that was generated, whether or not it arrives.
            request_id: As in `Bill`.
            digest: Of `messages`, when it is known.
            half: A batch row: half the price, rounded up.
        """
        characters = sum(len(message.get("content") or "") for message in messages)
        prompt = max(1, characters // CHARACTERS_PER_TOKEN)
        completion = len(reply) // CHARACTERS_PER_TOKEN + 1
        cached = min(self._cached(messages), prompt)
        nano = (
            (prompt - cached) * self.price.input
            + cached * self.price.cached
            + completion * self.price.output
        )
        nano = -(-nano // 2) if half else nano
        digest = digest or digest_of(messages)
        bill = Bill(request_id, nano, prompt, cached, completion, digest)
        self.bills.append(bill)
        self.paid_nano += nano
        if self.on_bill:
            self.on_bill(bill)
        return bill

    def _cached(self, messages: Sequence[Mapping[str, Any]]) -> int:
        prefix = (messages[0].get("content") or "") if messages else ""
        tokens = len(prefix) // CHARACTERS_PER_TOKEN
        if tokens < CACHEABLE_TOKENS:
            return 0
        seen = prefix in self._prefixes
        self._prefixes.add(prefix)
        return tokens // CACHE_STEP * CACHE_STEP if seen else 0


def usage_of(bill: Bill) -> dict[str, Any]:
    """The `usage` of a chat completion."""
    return {
        "prompt_tokens": bill.prompt_tokens,
        "completion_tokens": bill.completion_tokens,
        "total_tokens": bill.prompt_tokens + bill.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": bill.cached_tokens},
    }
