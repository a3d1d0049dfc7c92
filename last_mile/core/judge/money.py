"""What a call costs and what it may cost at most, in whole nano-dollars (1e-9 USD).

Not here: price lists (adapters/judge/prices.py), the purse that is drawn on (adapters/judge/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

NANO = 1_000_000_000
_PICO_PER_USD, _PICO_PER_NANO = 10**12, 1000
_MOST_TOKENS = 2**31 - 1  # of a call; a larger count is none
_FRAMING_TOKENS = 64  # what providers add around messages and a schema
_CHARACTERS_PER_TOKEN = 4.0  # English prose; an estimate, never a bound
_PER_ANSWER, _PER_EVIDENCE, _AROUND = 12, 40, 24  # tokens of a reply, by what stands in it
_SHARE_TRUE = 0.4  # of questions, when nothing was measured yet


class Usage(NamedTuple):
    """Tokens of a call as the provider counted them; `prompt` includes the cached ones."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


def counted(prompt: object, cached: object, completion: object) -> Usage | None:
    """What a provider says it counted; None when that is no count of a call.

    A call has a prompt. A count that is missing in part would book that part as free.
    """
    tokens = [_whole(prompt), _whole(cached or 0), _whole(completion)]
    if None in tokens or not tokens[0]:
        return None
    known = [number or 0 for number in tokens]
    return Usage(known[0], min(known[1], known[0]), known[2])


def _whole(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


@dataclass(frozen=True, slots=True)
class Price:
    """USD per token, as whole pico-dollars (1e-12 USD)."""

    prompt: int
    cached: int
    completion: int

    @classmethod
    def per_million(cls, prompt: float, completion: float, cached: float | None = None) -> Price:
        """From USD per million tokens; cached prompt tokens cost the same when not said."""
        cached = prompt if cached is None else cached
        return cls(*(round(usd * _PICO_PER_USD / 1e6) for usd in (prompt, cached, completion)))

    def cost_nano(self, usage: Usage) -> int:
        """Price of a call, rounded up to a nano-dollar."""
        fresh = max(usage.prompt - usage.cached, 0)
        pico = fresh * self.prompt + usage.cached * self.cached + usage.completion * self.completion
        return -(-pico // _PICO_PER_NANO)

    def settled_nano(self, usage: Usage | None, reserved: int) -> tuple[int, Usage | None]:
        """What a paid call is booked at, and the usage that stands for it.

        Without a count, or with one that costs more than the call could, what was reserved.
        """
        cost = reserved if usage is None else self.cost_nano(usage)
        return (cost, usage) if cost <= reserved else (reserved, None)

    def halved(self) -> Price:
        """What most providers charge for a batch."""
        return Price(*(-(-pico // 2) for pico in (self.prompt, self.cached, self.completion)))

    def most_nano(self, prompt_bytes: int, most_output_tokens: int) -> int:
        """Upper bound of a call: a token is at least one byte, whatever the tokenizer."""
        dearest = max(self.prompt, self.cached)
        tokens = prompt_bytes + _FRAMING_TOKENS
        return -(-(tokens * dearest + most_output_tokens * self.completion) // _PICO_PER_NANO)


FREE = Price(0, 0, 0)


def prompt_bytes(messages: Sequence[dict[str, Any]], schema_bytes: int) -> int:
    """Bytes of a prompt and of the schema that goes with it."""
    return schema_bytes + sum(len(message["content"].encode()) for message in messages)


def most_output_tokens(questions: int, stated: int | None) -> int:
    """The limit a reply is given: as the rubric states, else room for evidence on everything."""
    return stated or 200 + 120 * questions


def likely_prompt_tokens(characters: int) -> int:
    """An estimate from characters, for plans."""
    return round(characters / _CHARACTERS_PER_TOKEN) + _FRAMING_TOKENS


def likely_output_tokens(questions: int) -> int:
    """An estimate for plans, while no reply of this judge was measured."""
    return round(_AROUND + questions * (_PER_ANSWER + _SHARE_TRUE * _PER_EVIDENCE))


def usd(nano: int) -> float:
    """Nano-dollars as USD."""
    return nano / NANO
