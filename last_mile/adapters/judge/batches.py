"""The judge through batches: submitted by day, found again after a kill, collected when they end.

A submission stands in `judge_batches`, its calls as pending in `judge_calls`, before the provider
is told. Not here: the provider's API (batch_api.py).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from last_mile.adapters.judge.batch_api import BatchApi, BatchRefusedError, Status
from last_mile.adapters.judge.batch_calls import batch_call, calls_frame
from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.judge.locks import holding
from last_mile.adapters.judge.progress import Progress
from last_mile.adapters.judge.purse import Purse
from last_mile.adapters.judge.results import Results
from last_mile.adapters.judge.session import Setup
from last_mile.adapters.warehouse import Days
from last_mile.core.fragments import quoted
from last_mile.core.judge.batch_rows import ENDED, result_rows
from last_mile.core.judge.call import Call
from last_mile.core.judge.item import Item, asked_by, panels_asked, panels_of

_MOST_ROWS, _MOST_BYTES = 10_000, 100_000_000  # of one batch; providers take some more
_BATCHES: dict[str, Any] = {
    "submission": pl.String, "judge": pl.String, "epoch": pl.String, "run": pl.String,
    "first_day": pl.Date, "last_day": pl.Date, "n_calls": pl.Int64, "asked": pl.String,
    "state": pl.String,
    "batch_id": pl.String, "status": pl.String, "submitted_at": pl.Datetime("us"),
    "collected_at": pl.Datetime("us"),
}  # fmt: skip


@dataclass(slots=True)
class Submitted:
    """What was handed over."""

    batches: int = 0
    calls: int = 0
    capped: str | None = None


@dataclass(slots=True)
class Collected:
    """What was fetched, and what is still away."""

    batches: int = 0
    waiting: int = 0


class Batches:
    """The batches of a ledger's judge."""

    def __init__(self, ledger: Ledger, judge: str) -> None:
        self._ledger, self._warehouse = ledger, ledger.warehouse
        self._judge = judge

    def submit(self, items: Iterator[Item], setup: Setup, purse: Purse) -> Submitted:
        """Hand over items in batches, as far as the caps allow.

        Raises:
            UserError: The provider does not take a batch; its calls are open again.
        """
        api, done = BatchApi.of(self._judge), Submitted()
        with holding(self._ledger.folder, "batches") as held:
            for calls, data in self._filled(items, setup, purse, done, api):
                held.check()
                self._hand_over(api, calls, data, purse)
                done.batches += 1
                done.calls += len(calls)
        return done

    def collect(
        self, days: Days, setup: Setup, journal: Journal, purse: Purse, progress: Progress
    ) -> Collected:
        """Fetch what has ended of these days, and adopt what a killed run had submitted.

        Raises:
            UserError: The provider cannot be asked; the next run tries again.
        """
        api, done = BatchApi.of(self._judge), Collected()
        with holding(self._ledger.folder, "batches"):
            for row in self._open(days).iter_rows(named=True):
                status = asyncio.run(self._look(api, row))
                if status is None:
                    self._give_up(row, purse)
                elif status.status in ENDED:
                    results = Results(self._ledger, setup, journal, purse, progress)
                    self._fetch(api, row, status, results)
                    done.batches += 1
                else:
                    self._note(row, **_submitted(status))
                    done.waiting += 1
        return done

    def _open(self, days: Days) -> pl.DataFrame:
        batches = self._warehouse.read("open_batches")
        overlap = (pl.col("first_day") < days.end) & (pl.col("last_day") >= days.start)
        return batches.filter(pl.col("judge") == self._judge, overlap)

    async def _look(self, api: BatchApi, row: dict[str, Any]) -> Status | None:
        if row["batch_id"] is not None:
            return await api.look(row["batch_id"])
        found = await api.find(row["submission"], row["submitted_at"].replace(tzinfo=UTC))
        return found and await api.look(found.batch_id)

    def _filled(
        self, items: Iterator[Item], setup: Setup, purse: Purse, done: Submitted, api: BatchApi
    ) -> Iterator[tuple[list[Call], bytes]]:
        """Calls with their file, one batch at a time; money is set aside for each call."""
        submission, calls, lines, size = uuid.uuid4().hex, list[Call](), list[bytes](), 0
        for item in items:
            call, line = batch_call(item, setup, submission, len(calls), api)
            done.capped = purse.reserve(call.reserved_nano, call.sent_at)
            if done.capped:
                break
            calls.append(call)
            lines.append(line)
            size += len(line)
            if len(calls) >= _MOST_ROWS or size >= _MOST_BYTES:
                yield calls, b"".join(lines)
                submission, calls, lines, size = uuid.uuid4().hex, [], [], 0
        if calls:
            yield calls, b"".join(lines)

    def _hand_over(self, api: BatchApi, calls: Sequence[Call], data: bytes, purse: Purse) -> None:
        first = calls[0]
        row = {
            "submission": first.batch_id, "judge": first.judge, "epoch": first.epoch,
            "run": first.run, "first_day": min(call.day for call in calls),
            "last_day": max(call.day for call in calls), "n_calls": len(calls),
            "asked": asked_by(panels_of(self._ledger.rubric)), "state": "preparing",
            "batch_id": None, "status": None,
            "submitted_at": first.sent_at.replace(tzinfo=None), "collected_at": None,
        }  # fmt: skip
        self._warehouse.keep_together(
            {
                "judge_batches": pl.DataFrame([row], schema=_BATCHES),
                "judge_calls": calls_frame(calls),
            }
        )
        try:
            status = asyncio.run(api.submit(data, str(first.batch_id), first.sent_at))
        except BatchRefusedError:
            self._give_up(row, purse)
            raise
        self._note(row, **_submitted(status))

    def _give_up(self, row: dict[str, Any], purse: Purse) -> None:
        """A batch the provider does not have: its calls are open again.

        One it had taken and does not know any more may have been paid.
        """
        taken = row["batch_id"] is not None
        ended = [
            call.lost("the provider forgot the batch")
            if taken
            else call.ended("failed", fault="the batch was not taken")
            for call in self._calls(row)
        ]
        for call in ended:
            purse.settle(call.reserved_nano, call.cost_nano, call.sent_at, call.run)
        self._warehouse.keep_together({"judge_calls": calls_frame(ended)})
        self._note(row, state="lost")

    def _fetch(self, api: BatchApi, row: dict[str, Any], status: Status, results: Results) -> None:
        async def files() -> tuple[bytes, bytes]:
            return await api.fetch(status.output_file), await api.fetch(status.error_file)

        output, errors = asyncio.run(files())
        rows = {found.call_id: found for data in (errors, output) for found in result_rows(data)}
        results.settle(self._calls(row), rows, panels_asked(row["asked"]), row["epoch"])
        results.journal.rotate()
        self._ledger.fold()
        self._note(
            row, state="collected", batch_id=status.batch_id, status=status.status,
            collected_at=datetime.now(UTC).replace(tzinfo=None),
        )  # fmt: skip

    def _calls(self, row: dict[str, Any]) -> list[Call]:
        fragments = {"submission": quoted(row["submission"])}
        found = self._warehouse.read("batch_calls", fragments=fragments)
        return [
            Call(**{**values, "sent_at": values["sent_at"].replace(tzinfo=UTC)})
            for values in found.iter_rows(named=True)
        ]

    def _note(self, row: dict[str, Any], **changed: Any) -> None:
        frame = pl.DataFrame([{**row, **changed}], schema=_BATCHES)
        self._warehouse.keep("judge_batches", frame, overwrite=True)


def _submitted(status: Status) -> dict[str, Any]:
    return {"state": "submitted", "batch_id": status.batch_id, "status": status.status}
