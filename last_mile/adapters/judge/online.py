"""Asks a judge online: one dispatcher starts calls and waits for their ends.

Every call is in the journal and its price in the purse before it is sent. Not here: which
conversations (stage.py), the call itself (transport.py), what follows its end (settling.py).
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.judge.pace import Pace
from last_mile.adapters.judge.progress import Progress
from last_mile.adapters.judge.purse import Purse
from last_mile.adapters.judge.session import Setup
from last_mile.adapters.judge.settling import Ended, Settler
from last_mile.adapters.judge.transport import ask
from last_mile.core.judge.call import Call
from last_mile.core.judge.flow import Flow
from last_mile.core.judge.item import Item
from last_mile.core.judge.money import most_output_tokens, prompt_bytes
from last_mile.errors import PassingError

_SYNC_EVERY_S = 0.5
_WATCHED_EVERY_S = 0.25

Feed = Callable[[], Coroutine[Any, Any, list[Item]]]  # the next items; an empty list at the end


class Asker:
    """One run of a judge over a feed of items."""

    def __init__(
        self,
        setup: Setup,
        journal: Journal,
        purse: Purse,
        flow: Flow,
        *,
        pace: Pace,
        progress: Progress,
        watch: Callable[[Progress], None],
        fold: Callable[[], object],
    ) -> None:
        self.progress = progress
        self._setup, self._journal, self._purse, self._flow = setup, journal, purse, flow
        self._pace, self._watch, self._fold = pace, watch, fold
        self._settler = Settler(setup, journal, purse, flow, pace=pace, progress=progress)
        self._ends: asyncio.Queue[Ended | None] = asyncio.Queue()
        self._coming: asyncio.Task[list[Item]] | None = None
        self._ready: list[Item] = []
        self._later: list[tuple[float, int, Item]] = []  # a heap by the time they are due
        self._order = count()
        self._exhausted = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._background: set[asyncio.Task[object]] = set()
        self._broken: BaseException | None = None  # what failed in the background
        self._synced = self._watched = time.monotonic()

    async def ask(self, feed: Feed) -> None:
        """Ask until the feed ends, a cap is reached or the run must stop; drain what is in flight.

        What was left out stands in `progress.left`; a run that had to stop in `progress.stopped`.
        """
        self._exhausted = False
        try:
            while await self._step(feed):
                pass
        finally:  # also when interrupted: what is in flight may have been paid
            while self._flow.in_flight:
                await self._drain()
            with suppress(OSError):  # closing the journal tries again; a kill may come before that
                self._journal.flush()
            if self._coming:
                await asyncio.gather(self._coming, return_exceptions=True)
                self._coming = None
            await asyncio.gather(*self._background, return_exceptions=True)
        if self._broken:
            raise self._broken
        for item in [*self._ready, *(item for _, _, item in self._later)]:
            self.progress.leave(item, self.progress.capped or "stopped")
        self._ready, self._later = [], []

    async def _step(self, feed: Feed) -> bool:
        """Start one call or wait for one to end; False when nothing is left to do."""
        if self._broken:
            raise self._broken
        if self.progress.ended_early:
            if self._flow.in_flight:
                self._journal.flush()
                await self._await_end(None)
            return bool(self._flow.in_flight)
        if not self._ready and not self._exhausted:
            self._take_next(feed)
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])
        wait = self._flow.wait_s(now) if self._ready else None
        if wait == 0:
            wait = self._pace.wait_s()
        if wait == 0 and self._start(self._ready[-1], now):
            self._ready.pop()
            return True
        if self.progress.ended_early:  # the cap was met just now, with nothing in flight
            return False
        if not (self._ready or self._later or self._flow.in_flight or self._coming):
            return not self._exhausted
        self._journal.flush()
        await self._await_end(self._timeout(now, wait or None))
        return True

    async def _drain(self) -> None:
        """Wait for an end; on a full disk it is noted as far as there is room again."""
        with suppress(OSError):
            self._journal.flush()
        with suppress(OSError):
            await self._await_end(None)

    def _take_next(self, feed: Feed) -> None:
        """Have the next items read, or take them: ends of calls are settled meanwhile."""
        if self._coming is None:
            self._coming = asyncio.get_running_loop().create_task(feed())
            self._coming.add_done_callback(lambda _: self._ends.put_nowait(None))
        elif self._coming.done():
            items, self._coming = self._coming.result(), None
            self._ready, self._exhausted = items[::-1], not items

    def _timeout(self, now: float, wait: float | None) -> float | None:
        due = self._later[0][0] - now if self._later else None
        times = [seconds for seconds in (wait, due) if seconds is not None]
        return max(min(times), 0.0) if times else None

    async def _await_end(self, timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                end = await self._ends.get()
        except TimeoutError:
            end = None
        while end or not self._ends.empty():  # what fails leaves the others where they are
            if end:  # None only says that the next items are there
                self._settle(end)
            end = None if self._ends.empty() else self._ends.get_nowait()
        self._tick()

    def _start(self, item: Item, now: float) -> bool:
        """Reserve, note and send one call; False when it has to wait for money or is capped."""
        model, messages = self._setup.models[item.model], item.messages()
        panel, sent_at = item.panel, datetime.now(UTC)
        room = most_output_tokens(len(panel.asked), self._setup.stated_output_tokens)
        room += model.extra_output_tokens
        reserved = model.price.most_nano(prompt_bytes(messages, panel.schema_bytes), room)
        capped = self._purse.reserve(reserved, sent_at)
        if capped:
            if not self._flow.in_flight:  # nothing will settle and make room
                self.progress.capped = capped
            return False
        item.tries.calls += 1
        call = Call(
            call_id=f"{self._journal.writer}-{next(self._order):07d}", run=self._setup.run,
            epoch=self._setup.epoch, judge=model.name, mode="online",
            content_hash=item.conversation["content_hash"],
            conversation_id=item.conversation["conversation_id"], day=item.conversation["day"],
            panel=panel.number, attempt=item.tries.calls, sent_at=sent_at,
            cut_characters=item.cut_characters, reserved_nano=reserved,
        )  # fmt: skip
        self._journal.sent(call)
        self._journal.flush()  # it is noted before it is sent; on a full disk it is not sent
        self._flow.started(now)
        task = asyncio.get_running_loop().create_task(self._send(item, call, room))
        self._tasks.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._tasks.discard)
        return True

    async def _send(self, item: Item, call: Call, room: int) -> None:
        started = time.perf_counter()
        result = await ask(
            call.judge, item.messages(), item.panel.response_format,
            most_output_tokens=room, timeout_s=self._setup.timeout_s, call_id=call.call_id,
        )  # fmt: skip
        latency_ms = (time.perf_counter() - started) * 1000
        self._ends.put_nowait(Ended(item, call, result, latency_ms))

    def _settle(self, end: Ended) -> None:
        self._flow.ended()
        pause = self._settler.settle(end)
        if pause is not None:
            heapq.heappush(self._later, (time.monotonic() + pause, next(self._order), end.item))

    def _tick(self) -> None:
        """Twice a second to the disk, four times to whoever watches; fold long segments."""
        now = time.monotonic()
        if now - self._watched >= _WATCHED_EVERY_S:
            self._watched = now
            self._watch(self.progress)
        if self._background or now - self._synced < _SYNC_EVERY_S:
            return
        self._synced = now
        if self._journal.full:
            self._journal.rotate()
            self._in_background(self._fold)
        else:
            self._in_background(self._journal.sync)

    def _in_background(self, work: Callable[[], object]) -> None:
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(work))
        self._background.add(task)
        task.add_done_callback(self._take_from_background)

    def _take_from_background(self, task: asyncio.Task[object]) -> None:
        self._background.discard(task)
        error = None if task.cancelled() else task.exception()
        if error and not isinstance(error, PassingError):  # the end folds once more
            self._broken = error
            self._ends.put_nowait(None)
