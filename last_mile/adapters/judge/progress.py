"""What a run of a judge has done so far, as counts. Not here: doing it (online.py, results.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from last_mile.core.judge.call import IN_DOUBT, Call
from last_mile.core.judge.item import Item
from last_mile.core.judge.reply import Verdict


@dataclass(slots=True)
class Progress:
    """What a run has done so far."""

    total: int = 0  # items
    done: int = 0
    spent_nano: int = 0
    in_doubt_nano: int = 0
    calls: Counter[str] = field(default_factory=Counter)  # by result
    verdicts: Counter[str] = field(default_factory=Counter)  # by reason
    positives: int = 0
    unverified: int = 0  # of these, without a quote that stands in the conversation
    left: dict[str, str] = field(default_factory=dict)  # content hash -> why it has no answer
    capped: str | None = None  # the cap that ended the run
    stopped: str | None = None  # a sentence: why the run ended early

    @property
    def ended_early(self) -> bool:
        """A cap was reached, or the judge cannot be used."""
        return self.capped is not None or self.stopped is not None

    def leave(self, item: Item, why: str) -> None:
        """Note that a conversation has no answer."""
        self.left[item.conversation["content_hash"]] = why

    def note(self, call: Call, verdicts: Sequence[Verdict]) -> None:
        """Count the end of a call."""
        self.calls[call.result or ""] += 1
        if call.result == IN_DOUBT:
            self.in_doubt_nano += call.cost_nano
        else:
            self.spent_nano += call.cost_nano
        self.verdicts.update(verdict.reason for verdict in verdicts)
        self.positives += sum(verdict.flag == "true" for verdict in verdicts)
        self.unverified += sum(verdict.quote_match == "unverified" for verdict in verdicts)
