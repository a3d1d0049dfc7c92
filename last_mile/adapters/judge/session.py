"""What a judge needs while it is asked: models with prices, a journal, a purse with its caps.

Not here: asking (online.py, batches.py).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from last_mile.adapters.installation import Settings
from last_mile.adapters.judge.client import RULES
from last_mile.adapters.judge.journal import Journal, others_write
from last_mile.adapters.judge.judged import Judged
from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.judge.locks import Hold
from last_mile.adapters.judge.prices import Model, model_named
from last_mile.adapters.judge.purse import Caps, FilePurse, Purse
from last_mile.adapters.judge.shared_purse import SharedPurse
from last_mile.adapters.redis_client import shared
from last_mile.core.judge.money import NANO

_REPAIRS = 1  # embedded rules give the same reply twice


@dataclass(frozen=True)
class Setup:
    """How a run asks: what does not change while it does."""

    run: str
    epoch: str
    models: Sequence[Model]  # the judge, then its fallbacks
    repairs: int  # tries to mend a reply
    timeout_s: float
    answered_before: bool  # under this epoch: a rejected request is then about its conversation
    stated_output_tokens: int | None


def setup_of(ledger: Ledger, settings: Settings, judged: Judged) -> Setup:
    """How a run asks.

    Raises:
        UserError: A model has no known price.
    """
    asking = ledger.rubric.judge
    return Setup(
        run=judged.run,
        epoch=ledger.epoch,
        models=[model_named(name, settings) for name in (settings.judge, *asking.fallback)],
        repairs=0 if settings.judge == RULES else _REPAIRS,
        timeout_s=settings.timeout_s,
        answered_before=ledger.has_answers(),
        stated_output_tokens=asking.max_output_tokens,
    )


@contextmanager
def judging(
    ledger: Ledger, settings: Settings, judged: Judged, held: Hold | None = None
) -> Iterator[tuple[Journal, Purse]]:
    """A journal and a purse to judge with; at the end everything is folded into the tables.

    Args:
        ledger: Of the epoch.
        settings: With the caps.
        judged: What is done so far; its run is the purse's.
        held: The days that are judged, as far as they can be lost.
    """
    now = datetime.now(UTC)
    purse = _purse(ledger, settings, judged, held or Hold())

    def fold() -> None:
        ledger.fold()
        purse.folded()

    with ExitStack() as ends:
        ends.callback(purse.close)
        with purse.starting():
            journal = Journal(ledger.folder / "journal")
            ends.callback(fold)
            ends.callback(journal.close)
            alone = purse.alone(others_write=others_write(ledger.folder / "journal", journal))
            judged.lost_in_flight += ledger.fold()  # also what somebody left who ended just now
            run_nano, month_nano = ledger.spent(judged.run, now)
            if alone:
                purse.set_spent(run_nano, month_nano, now)
            else:
                purse.set_run_spent(run_nano)
        gc.freeze()  # what is alive now stays: collections during the run need not look at it
        ends.callback(gc.unfreeze)
        yield journal, purse


def _purse(ledger: Ledger, settings: Settings, judged: Judged, held: Hold) -> Purse:
    folder, caps, redis = ledger.folder / "purse", caps_of(settings), shared()
    if redis is None:
        return FilePurse(folder, judged.run, caps)
    return SharedPurse(folder, judged.run, caps, redis, held)


def caps_of(settings: Settings) -> Caps:
    """The caps of the settings in nano-dollars; infinity is no cap."""
    return Caps(_nano(settings.cap_usd), _nano(settings.month_cap_usd))


def _nano(cap: float | None) -> int | None:
    return None if cap is None or cap == float("inf") else int(cap * NANO)
