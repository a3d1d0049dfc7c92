"""Results of a batch, settled call by call through the journal like answers that came online.

Not here: fetching them (batches.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.judge.progress import Progress
from last_mile.adapters.judge.purse import Purse
from last_mile.adapters.judge.session import Setup
from last_mile.adapters.warehouse import Days
from last_mile.core.judge.batch_rows import Row
from last_mile.core.judge.call import Call
from last_mile.core.judge.item import Item, Panel
from last_mile.core.judge.reply import Reason, Verdict

_CHUNK = 10_000  # conversations whose texts are fetched at once, to check the quotes
_REPAIRS = 1  # a reply that cannot be used in full is asked for once more, by the next run
_UNSCORED: dict[str, Reason] = {"too_long": "too_long", "refused": "refused"}


@dataclass(frozen=True)
class Results:
    """Where the results of batches go."""

    ledger: Ledger
    setup: Setup
    journal: Journal
    purse: Purse
    progress: Progress

    def settle(
        self, calls: Sequence[Call], rows: Mapping[str, Row], panels: Sequence[Panel], epoch: str
    ) -> None:
        """Settle the pending calls of a batch by the rows that came back; others were not paid.

        Args:
            calls: Of the batch.
            rows: By call id.
            panels: What was asked, in the order of `Call.panel`.
            epoch: Under which it was asked; the rubric may have changed since.
        """
        if not calls:
            return
        days = [call.day for call in calls]
        span = Days(min(days), max(days) + timedelta(days=1))
        answered: dict[str, set[str]] = {}
        flags = replace(self.ledger, epoch=epoch).flags(span)
        for content_hash, metric in flags.select("content_hash", "metric").iter_rows():
            answered.setdefault(content_hash, set()).add(metric)
        for start in range(0, len(calls), _CHUNK):
            chunk = calls[start : start + _CHUNK]
            items = self._items(chunk, span, panels, answered)
            for call in chunk:
                item = items.get((call.content_hash, call.panel))
                self._settle(call, item, rows.get(call.call_id))
            self.journal.flush()
            self.journal.sync()

    def _items(
        self,
        calls: Sequence[Call],
        span: Days,
        panels: Sequence[Panel],
        answered: Mapping[str, set[str]],
    ) -> dict[tuple[str, int], Item]:
        """What the calls are about, by content hash and panel; quotes are checked against it."""
        wanted: dict[str, list[Panel]] = {}
        for call in calls:
            wanted.setdefault(call.content_hash, []).append(panels[call.panel])
        found = {}
        for item in self.ledger.items(span, wanted):
            content_hash = item.conversation["content_hash"]
            item.settled = answered.get(content_hash, set()) & set(item.panel.metrics)
            found[content_hash, item.panel.number] = item
        return found

    def _settle(self, call: Call, item: Item | None, row: Row | None) -> None:
        if row is None:
            self._note(call.ended("failed", fault="the batch ended without it"), [])
        elif row.fault:
            reason = _UNSCORED.get(row.fault)
            verdicts = item.unscored(reason) if item and reason else []
            self._note(call.ended(reason or "failed", fault=row.fault), verdicts)
        else:
            self._settle_reply(call, item, row)

    def _settle_reply(self, call: Call, item: Item | None, row: Row) -> None:
        price = self.setup.models[0].batch_price
        cost, usage = price.settled_nano(row.usage, call.reserved_nano)
        verdicts: list[Verdict] = []
        result = "unusable"
        if item is not None:  # else the conversation has changed since: paid, of no use now
            trouble: Reason | None = "refused" if row.refused else None
            trouble = trouble or ("cut_off" if row.finish == "length" else None)
            repairs = _REPAIRS if call.attempt <= _REPAIRS else 0
            verdicts, _, result = item.take(row.text or "", trouble, repairs=repairs)
        self._note(call.ended(result, cost_nano=cost, usage=usage, model=row.model), verdicts)

    def _note(self, call: Call, verdicts: Sequence[Verdict]) -> None:
        self.journal.ended(call, verdicts)
        self.purse.settle(call.reserved_nano, call.cost_nano, call.sent_at, call.run)
        self.progress.note(call, verdicts)
