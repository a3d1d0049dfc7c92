"""The judge stage of some days: what the ledger lacks is asked, and every end accounted for.

The warehouse is closed while a judge is awaited. Not here: the calls (online.py, batches.py), how a
sample is drawn (sample.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import polars as pl

from last_mile.adapters.installation import Settings
from last_mile.adapters.judge.batch_api import BatchApi
from last_mile.adapters.judge.batches import Batches, Collected
from last_mile.adapters.judge.client import RECORDED
from last_mile.adapters.judge.imports import import_recorded
from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.judge.judged import Judged
from last_mile.adapters.judge.ledger import Ledger, open_panels
from last_mile.adapters.judge.locks import Hold, holding
from last_mile.adapters.judge.online import Asker, Feed
from last_mile.adapters.judge.pace import Pace, shared_pace
from last_mile.adapters.judge.progress import Progress
from last_mile.adapters.judge.purse import Purse
from last_mile.adapters.judge.sample import Sample
from last_mile.adapters.judge.session import judging, setup_of
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.flow import Flow
from last_mile.core.judge.item import Item, Panel, panels_of

Watch = Callable[[Progress], None]
_CHUNK, _BATCH_CHUNK = 2_000, 10_000  # conversations whose texts are fetched at once


def judge_days(
    warehouse: Warehouse,
    days: Days,
    run: str = "",
    watch: Watch = lambda _: None,
    metrics: Collection[str] | None = None,
) -> Judged:
    """Ask the judge what the ledger lacks for these days; every answer is kept as it arrives.

    Args:
        warehouse: The tables, and the settings beside them.
        days: Whose conversations.
        run: What the spending cap per run is about.
        watch: Told the progress four times a second.
        metrics: Judged metrics whose questions are asked; None: all.

    Raises:
        UserError: The judge cannot be used, or its answers cannot; answers before that are kept.
        PassingError: What workers share in Redis is away, or was lost.
    """
    rubric, settings = warehouse.installation.rubric(), warehouse.installation.settings()
    ledger = Ledger(warehouse, rubric, epoch_of(rubric, settings.judge))
    judged = Judged(settings.judge, ledger.epoch, run)
    if not rubric.judged:
        return judged
    try:
        if settings.judge.partition(":")[0] == RECORDED:
            return import_recorded(ledger, days, judged)
        span = (days.start + timedelta(days=n) for n in range((days.end - days.start).days))
        with days_held(ledger.folder, span) as held:
            return Stage(ledger, settings, days, judged, watch, metrics, held).run()
    finally:
        ledger.note_epoch(settings.judge)  # answers are kept, whatever ended the run


def days_held(folder: Path, days: Iterable[date]) -> AbstractContextManager[Hold]:
    """Let nobody else ask about some days: another run of a day would pay for the same answers.

    Args:
        folder: The ledger's.
        days: In ascending order, so that two that wait for one another cannot be.
    """
    return holding(folder, *(f"days/{day}" for day in days))


class Wanted(NamedTuple):
    """A conversation with questions to ask."""

    content_hash: str
    panels: Sequence[Panel]
    answered: set[str]  # questions that have an answer, or that are not asked now
    was_unusable: bool  # an earlier reply was, at least in part


@dataclass(frozen=True)
class Stage:
    """One judge over the conversations of some days."""

    ledger: Ledger
    settings: Settings
    days: Days
    judged: Judged
    watch: Watch = lambda _: None
    metrics: Collection[str] | None = None  # whose questions are asked; None: all
    held: Hold = field(default_factory=Hold)  # the days

    def run(self) -> Judged:
        """Collect, ask or submit, and say what is left and why."""
        self.judged.lost_in_flight += self.ledger.fold()
        self.collect()
        if self.settings.precision is None:
            self._go_on(self.ledger.unjudged(self.days))
            self.ledger.note_sample(self.days, None)
        else:
            self._sample(self.settings.precision)
        self._note_skipped()
        if self.judged.calls:
            self.judged.usage = self.ledger.usage(self.judged.run)
        self.judged.raise_if_stopped()
        return self.judged

    def ask_for(self, content_hashes: Sequence[str]) -> None:
        """Ask what is missing of these conversations only."""
        missing = self.ledger.unjudged(self.days)
        self._go_on(missing.filter(pl.col("content_hash").is_in(content_hashes)))

    def collect(self) -> Collected:
        """Fetch batches that have ended."""
        if not self.ledger.has_open_batches(self.settings.judge):
            return Collected()
        setup = setup_of(self.ledger, self.settings, self.judged)
        with self._judging() as (journal, purse):
            batches = Batches(self.ledger, self.settings.judge)
            return batches.collect(self.days, setup, journal, purse, self.judged.progress)

    def _sample(self, precision: float) -> None:
        """Judge a growing sample until every prevalence is known well enough."""
        sample = Sample(self.ledger, self.days, precision)
        while wanted := sample.next_round(at_once=self.settings.batch):
            self.ask_for(wanted)
            if self.settings.batch or self.judged.progress.ended_early:
                break
        self.ledger.note_sample(self.days, sample.drawn())

    def _go_on(self, missing: pl.DataFrame) -> None:
        todo = missing.filter(~missing["in_batch"])
        if todo.is_empty():
            return
        panels = panels_of(self.ledger.rubric)
        judged = {metric for panel in panels for metric in panel.metrics}
        left_out = judged - set(judged if self.metrics is None else self.metrics)
        keys = todo.select("content_hash", "answered", "n_unusable").iter_rows()
        wanted = [
            Wanted(content_hash, open_panels(panels, settled), settled, n_unusable > 0)
            for content_hash, answered, n_unusable in keys
            if judged > (settled := left_out.union(answered))
        ]
        if not wanted:
            return
        if self.settings.batch:
            BatchApi.of(self.settings.judge)  # refuse before a price is asked for
        setup = setup_of(self.ledger, self.settings, self.judged)
        self.judged.progress.total += sum(len(one.panels) for one in wanted)
        with self._judging() as (journal, purse):
            if self.settings.batch:
                batches = Batches(self.ledger, self.settings.judge)
                submitted = batches.submit(self._items(wanted), setup, purse)
                self.judged.progress.capped = submitted.capped
                self.judged.batches += submitted.batches
                return
            rate = self.settings.calls_per_minute
            pace = shared_pace(rate)
            flow = Flow(self.settings.in_flight, None if pace else rate)
            asker = Asker(
                setup, journal, purse, flow, pace=pace or Pace(),
                progress=self.judged.progress, watch=self.watch, fold=self.ledger.fold,
            )  # fmt: skip
            asyncio.run(asker.ask(self._feed(wanted)))
        self.watch(self.judged.progress)

    def _judging(self) -> AbstractContextManager[tuple[Journal, Purse]]:
        return judging(self.ledger, self.settings, self.judged, self.held)

    def _items(self, wanted: Iterable[Wanted]) -> Iterator[Item]:
        """What is asked, with texts, a chunk of conversations at a time."""
        ones, size = iter(wanted), _BATCH_CHUNK if self.settings.batch else _CHUNK
        while chunk := {one.content_hash: one for one in islice(ones, size)}:
            panels = {key: one.panels for key, one in chunk.items()}
            for item in self.ledger.items(self.days, panels):
                one = chunk[item.conversation["content_hash"]]
                item.settled = one.answered & set(item.panel.metrics)
                item.tries.calls = item.tries.repairs = int(one.was_unusable)
                yield item

    def _feed(self, wanted: Sequence[Wanted]) -> Feed:
        """The same chunk by chunk, the next chunk being read while one is asked."""
        items, size = self._items(wanted), max(len(wanted[0].panels), 1) * _CHUNK
        coming: list[asyncio.Task[list[Item]]] = []

        def read() -> list[Item]:
            return list(islice(items, size))

        async def feed() -> list[Item]:
            found = await (coming.pop() if coming else asyncio.to_thread(read))
            if found:
                task = asyncio.get_running_loop().create_task(asyncio.to_thread(read))
                coming.append(task)
            return found

        return feed

    def _note_skipped(self) -> None:
        """Say why each conversation that still lacks an answer does."""
        missing, progress = self.ledger.unjudged(self.days), self.judged.progress
        otherwise = progress.capped or ("stopped" if progress.stopped else None)
        otherwise = otherwise or ("not_sampled" if self.settings.precision else None)
        otherwise = otherwise or ("stopped" if self.metrics is None else "not_asked")
        reasons = [
            "in_batch" if in_batch else progress.left.get(content_hash, otherwise)
            for content_hash, in_batch in missing.select("content_hash", "in_batch").iter_rows()
        ]
        self.ledger.note_skipped(
            self.days, missing.with_columns(pl.Series("reason", reasons, pl.String))
        )
        self.judged.skipped.update(reasons)
