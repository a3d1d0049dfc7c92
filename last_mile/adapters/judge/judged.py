"""What the judge stage did for some days, as counts for people: metadata and sentences.

Not here: doing it (stage.py).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from last_mile.adapters.judge.progress import Progress
from last_mile.core.judge.money import usd
from last_mile.errors import PassingError, UserError


@dataclass(slots=True)
class Judged:
    """The end of a judge stage.

    Attributes:
        lost_in_flight: Calls of earlier runs that were in flight when these were killed.
        skipped: Conversations that lack an answer, by reason.
    """

    judge: str
    epoch: str
    run: str
    progress: Progress = field(default_factory=Progress)
    lost_in_flight: int = 0
    imported: int = 0
    batches: int = 0  # handed over now
    skipped: Counter[str] = field(default_factory=Counter)
    usage: list[dict[str, Any]] = field(default_factory=list)  # of the whole run so far

    @property
    def verdicts(self) -> int:
        """Verdicts added."""
        return self.imported + self.progress.verdicts.total()

    @property
    def calls(self) -> int:
        """Calls that were sent, paid or not."""
        return self.progress.calls.total()

    @property
    def cost_usd(self) -> float:
        """What answered calls cost."""
        return usd(self.progress.spent_nano)

    def metadata(self) -> dict[str, Any]:
        """Counts for the materialization."""
        done = self.progress
        return {
            "judge": self.judge, "epoch": self.epoch, "verdicts_added": self.verdicts,
            "batches_submitted": self.batches or None, "calls": self.calls,
            "calls_by_result": dict(done.calls), "cost_usd": self.cost_usd,
            "cost_in_doubt_usd": usd(done.in_doubt_nano),
            "calls_in_flight_at_a_kill": self.lost_in_flight,
            "unverified_positives": done.unverified, "verdicts_by_reason": dict(done.verdicts),
            "conversations_skipped": dict(self.skipped), "unverified_share": self._unverified,
            "run_so_far": self.usage,
        }  # fmt: skip

    @property
    def _unverified(self) -> float | None:
        positives = self.progress.positives
        return self.progress.unverified / positives if positives else None

    def raise_if_stopped(self) -> None:
        """Say in one sentence why the judge cannot be used.

        Raises:
            PassingError: The provider did not answer.
            UserError: The run stopped early for another reason.
        """
        done = self.progress
        unanswered = "unanswered" in done.left.values()
        if done.stopped:
            kind = PassingError if unanswered else UserError
            raise kind(f"judge {self.judge}: {done.stopped}")
        if unanswered and not done.done:
            raise PassingError(
                f"judge {self.judge}: no call was answered; is the provider reachable?"
            )
