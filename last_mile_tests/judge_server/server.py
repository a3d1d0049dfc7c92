"""The server: what it was asked and paid, its chat endpoint, and the thread it runs in.

Not here: what a fault means (faults.py), replies (replies.py), batches (batches.py).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from aiohttp import web

from last_mile_tests.judge_server import batch_routes
from last_mile_tests.judge_server.batches import Batches
from last_mile_tests.judge_server.bills import GPT_4O_MINI, Bill, Price, Till, digest_of, usage_of
from last_mile_tests.judge_server.faults import ERRORS, HONEST, REPLIES, Chance, Fault, fault_of
from last_mile_tests.judge_server.replies import Answerer, completion, honest, reply_to
from last_mile_tests.judge_server.sending import closed, dropped, json_response, page, refused

LARGEST_BODY = 256 * 1024 * 1024
Messages = list[dict[str, str]]


class JudgeServer:
    """What to do with the next calls, and what was asked so far.

    Attributes:
        faults: One per chat call, consumed; then chance, then honest answers.
        calls: Chat calls that arrived; rows of batches are counted by `batches`.
        prompts: The messages of each chat call.
        asked_at: Monotonic time each chat call arrived, in seconds.
        served: Chat calls by fault.
        max_in_flight: The most chat calls that were open at once.
    """

    def __init__(
        self,
        faults: Sequence[str] = (),
        *,
        rates: Mapping[str, float] | None = None,
        seed: int = 0,
        answerer: Answerer = honest,
        latency_s: float = 0.0,
        price_nano: tuple[int, int, int] = GPT_4O_MINI,
        keep_prompts: bool = True,
        on_bill: Callable[[Bill], None] | None = None,
    ) -> None:
        """See `judge_server`."""
        for fault in faults:
            fault_of(fault)
        self.faults = list(faults)
        self.answerer = answerer
        self.latency_s = latency_s
        self.keep_prompts = keep_prompts
        self.url = ""
        self.snapshot: str | None = None  # the model that replies name; None: the one asked
        self.calls = self.in_flight = self.max_in_flight = 0
        self.prompts: list[Messages] = []
        self.asked_at: list[float] = []
        self.served: Counter[str] = Counter()
        self.till = Till(Price(*price_nano), on_bill)
        self.batches = Batches(self.till, lambda: self.answerer)
        self._chance = Chance(rates or {}, seed)

    @property
    def bills(self) -> list[Bill]:
        """Every paid request, batch rows included, in the order they were paid."""
        return self.till.bills

    @property
    def paid(self) -> int:
        """How many requests were paid."""
        return len(self.till.bills)

    @property
    def paid_nano(self) -> int:
        """Nano-dollars of all bills."""
        return self.till.paid_nano

    def stats(self) -> dict[str, Any]:
        """Counts, as GET /stats returns them."""
        return {
            "calls": self.calls,
            "paid": self.paid,
            "paid_nano": self.paid_nano,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "served": dict(self.served),
            "batches": len(self.batches.made),
        }

    async def start(self, port: int = 0) -> web.AppRunner:
        """Listen on a loopback port (0: a free one) of the running loop.

        Returns:
            What `cleanup` is called on to stop.
        """
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/stats", self._stats)
        batch_routes.add_to(app, self.batches)
        # A handler ends when its client goes, so that a hanging one does not hang for ever.
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.05
        )
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        return runner

    async def _stats(self, request: web.Request) -> web.Response:
        return json_response(self.stats())

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read())
        self.calls += 1
        self.asked_at.append(time.monotonic())
        if self.keep_prompts:
            self.prompts.append(body["messages"])
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            return await self._answer(request, body)
        except ValueError as error:
            return json_response({"error": {"message": str(error), "code": "test_server"}}, 400)
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        digest = digest_of(body["messages"])
        fault = fault_of(self.faults.pop(0) if self.faults else self._chance.draw(digest))
        self.served[fault.name] += 1
        # Paid on arrival: a client that is killed while it waits has been billed.
        data = self._generated(request, body, fault, digest) if fault.paid else b""
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if fault.name in ERRORS:
            return refused(ERRORS[fault.name], retry_after=fault.argument)
        if fault.name == "hang":
            await asyncio.Event().wait()
        if fault.name == "late":
            await asyncio.sleep(float(fault.argument or 1))
        if fault.name == "dropped":
            return dropped(request, data)
        if fault.name == "reset":
            return closed(request)
        return page() if fault.name == "html" else json_response(data)

    def _generated(
        self, request: web.Request, body: dict[str, Any], fault: Fault, digest: str
    ) -> bytes:
        spoilt = fault if fault.name in REPLIES else Fault(HONEST)
        reply = reply_to(body["messages"], self.answerer, spoilt)
        request_id = request.headers.get("X-Client-Request-Id")
        bill = self.till.charge(body["messages"], reply.text, request_id, digest=digest)
        return msgspec.json.encode(
            completion(self.paid, self.snapshot or body["model"], reply, usage_of(bill), fault.name)
        )


@contextmanager
def judge_server(
    faults: Sequence[str] | None = None, *, port: int = 0, **options: Any
) -> Iterator[JudgeServer]:
    """Run the server in a thread of its own until the block ends.

    Args:
        faults: One per chat call (faults.py lists them), then honest answers.
        port: A loopback port; 0: a free one.
        options: `rates` (fault to probability, once the script is used up) and `seed`; `answerer`
            (what the judge thinks); `latency_s`; `price_nano` (input, cached input and output,
            nano-dollars per token); `keep_prompts`; `on_bill` (called with each bill, at once).
    """
    server = JudgeServer(faults or (), **options)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="judge-server", daemon=True)
    thread.start()
    try:
        runner = asyncio.run_coroutine_threadsafe(server.start(port), loop).result()
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
