"""What judging would take, before anything is spent: an estimate, with its upper bound.

Not here: counting conversations (adapters/judge/planning.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from last_mile.core.judge.item import Panel
from last_mile.core.judge.money import (
    Price,
    Usage,
    likely_output_tokens,
    likely_prompt_tokens,
    most_output_tokens,
    usd,
)

_ASSUMED_LATENCY_S = 2.0  # of a call, while none was measured
_CACHED_FROM = 1024  # tokens of a prefix; shorter ones are not cached by providers
_BYTES_PER_CHARACTER = 4  # of UTF-8, at most


@dataclass(frozen=True, slots=True)
class Measured:
    """What earlier calls of the epoch took; None: there were none."""

    completion_tokens: float | None = None
    latency_s: float | None = None


@dataclass(slots=True)
class Plan:
    """Calls still to be made, and what they would cost."""

    n_conversations: int = 0
    n_judged: int = 0  # the ledger holds all their answers
    n_in_batch: int = 0
    n_to_ask: int = 0
    calls: int = 0
    usage: Usage = field(default_factory=Usage)  # `cached`: what the shared prefix can save
    most_nano: int = 0
    measured: Measured = field(default_factory=Measured)

    def add(self, characters: int, panels: Sequence[Panel], price: Price, stated: int | None,
            extra_output_tokens: int) -> None:  # fmt: skip
        """Count one conversation whose open panels are to be asked."""
        self.n_to_ask += 1
        for panel in panels:
            prefix = likely_prompt_tokens(len(panel.prefix) + panel.schema_bytes)
            output = self.measured.completion_tokens or likely_output_tokens(len(panel.asked))
            room = most_output_tokens(len(panel.asked), stated) + extra_output_tokens
            size = (
                characters * _BYTES_PER_CHARACTER + len(panel.prefix.encode()) + panel.schema_bytes
            )
            self.usage = Usage(
                self.usage.prompt + prefix + likely_prompt_tokens(characters),
                self.usage.cached + (prefix if prefix >= _CACHED_FROM and self.calls else 0),
                self.usage.completion + round(output),
            )
            self.most_nano += price.most_nano(size, room)
            self.calls += 1

    def usd(self, price: Price, *, cached: bool = False) -> float:
        """The estimate at a price; `cached`: when the provider caches the prefix every time."""
        usage = self.usage if cached else self.usage._replace(cached=0)
        return usd(price.cost_nano(usage))

    def seconds(self, in_flight: int, per_minute: float | None) -> tuple[float, str]:
        """How long it would take, and what that rests on."""
        if per_minute:
            return self.calls / per_minute * 60, f"at {per_minute:g} calls a minute"
        latency = self.measured.latency_s
        said = "as measured" if latency else "assumed"
        latency = latency or _ASSUMED_LATENCY_S
        basis = f"with {in_flight} calls in flight of {latency:.1f} s each, {said}"
        return self.calls * latency / in_flight, basis

    def scaled(self, share: float) -> Plan:
        """The plan for a share of the conversations: a sample."""
        usage = Usage(*(round(tokens * share) for tokens in self.usage))
        return Plan(
            self.n_conversations, self.n_judged, self.n_in_batch, round(self.n_to_ask * share),
            round(self.calls * share), usage, round(self.most_nano * share), self.measured,
        )  # fmt: skip
