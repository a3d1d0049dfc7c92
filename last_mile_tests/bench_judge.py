"""`make bench-judge`: the judge stage beside bare LiteLLM and raw aiohttp, all in one run.

The server is a process of its own on this machine and shares its cores: read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.judge.client import litellm
from last_mile.adapters.judge.stage import judge_days
from last_mile.adapters.landing import land
from last_mile.adapters.rubric_file import load_rubric
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.judge.item import panels_of
from last_mile.core.judge.prompt import conversation_message
from last_mile_tests.scenario import READING, conversation, json_lines, message

IN_FLIGHT, MODEL, WARM_UP = 64, "openai/gpt-4o-mini", 64
WORDS = ("the", "client", "asked", "for", "a", "landing", "page", "and", "we", "agreed", "on", "it")


def texts(number: int) -> dict[str, Any]:
    """A conversation of about 1,200 tokens."""
    said = " ".join(WORDS[(number + i) % len(WORDS)] for i in range(460))
    parts = [message("user", f"{number} {said}"), message("assistant", f"{said} {number}")]
    return {"messages": parts, "final_output": None, "context": []}


def prompts(count: int) -> list[list[dict[str, str]]]:
    """What the stage would send."""
    prefix = panels_of(load_rubric("proposals"))[0].prefix
    return [
        [
            {"role": "system", "content": prefix},
            {"role": "user", "content": conversation_message(texts(i), 60_000)[0]},
        ]
        for i in range(count)
    ]


def world(folder: Path, days: int, per_day: int, **settings: Any) -> Warehouse:
    """A home with `days` days of conversations, found and not judged, and one to warm up with."""
    drops = folder / "drops"
    drops.mkdir(parents=True)
    for day in range(days + 1):
        size = per_day if day else WARM_UP
        lines = [
            conversation(f"{day}-{i}", started_at=f"{_day(day)}T10:00:00Z", **texts(i))
            for i in range(size)
        ]
        (drops / f"conversations-{day}.jsonl").write_bytes(json_lines(lines))
    installation = Installation.at(folder / "home")
    settings = {"in_flight": IN_FLIGHT, "month_cap_usd": 1e6, **settings}
    installation.save(Settings(str(drops), "proposals", MODEL, **settings))
    warehouse = Warehouse(home=str(installation.home))
    land(warehouse, drops, "conversations", READING)
    for day in range(days + 1):
        warehouse.build("conversations", days_of(day))
    return warehouse


def _day(number: int) -> date:
    return date(2026, 1, 5) + timedelta(days=number)


def days_of(number: int) -> Days:
    """The day of that number; 0 is to warm up with."""
    return Days(_day(number), _day(number + 1))


async def _pool(count: int, call: Callable[[int], Awaitable[Any]]) -> None:
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await call(number)

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))


def bare_litellm(count: int) -> float:
    """Seconds of `count` calls of bare `litellm.acompletion`, with the stage's own settings."""
    asked, panel = prompts(count), panels_of(load_rubric("proposals"))[0]

    async def call(number: int) -> None:
        await litellm().acompletion(
            model=MODEL, messages=asked[number], response_format=panel.response_format,
            max_tokens=2000, temperature=0, timeout=120, num_retries=0, max_retries=0,
        )  # fmt: skip

    async def measured() -> float:
        await _pool(WARM_UP, call)
        started = time.perf_counter()
        await _pool(count, call)
        return time.perf_counter() - started

    return asyncio.run(measured())


def raw_aiohttp(count: int) -> float:
    """Seconds of `count` calls with nothing but an HTTP client; replies are decoded."""
    asked, panel = prompts(count), panels_of(load_rubric("proposals"))[0]
    url = f"{os.environ['OPENAI_API_BASE']}/chat/completions"

    async def measured() -> float:
        async with aiohttp.ClientSession() as session:

            async def call(number: int) -> None:
                body = {"model": "gpt-4o-mini", "messages": asked[number],
                        "response_format": panel.response_format, "max_tokens": 2000}  # fmt: skip
                async with session.post(url, json=body) as response:
                    await response.json()

            await _pool(WARM_UP, call)
            started = time.perf_counter()
            await _pool(count, call)
            return time.perf_counter() - started

    return asyncio.run(measured())


def stage(home: Path, day: int) -> float:
    """Seconds of the judge stage over one day: reading, journal, ledger, parsing and evidence."""
    warehouse = Warehouse(home=str(home))
    judge_days(warehouse, days_of(0), "warm-up")
    started = time.perf_counter()
    judge_days(warehouse, days_of(day), "bench")
    return time.perf_counter() - started


@contextmanager
def served(latency_ms: float) -> Iterator[None]:
    """The server in a process of its own, in the environment's OPENAI_API_BASE."""
    command = [
        sys.executable,
        "-m",
        "last_mile_tests.judge_server",
        "--latency-ms",
        str(latency_ms),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        os.environ["OPENAI_API_BASE"] = server.stdout.readline().strip()
        os.environ["OPENAI_API_KEY"] = "no-key"
        try:
            yield
        finally:
            server.terminate()


def workers(arguments: Sequence[Sequence[str]]) -> float:
    """Run this module's workers at the same time; the longest of their times."""
    command = [sys.executable, "-m", "last_mile_tests.bench_judge"]
    running = [
        subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True)
        for words in arguments
    ]
    outputs = [process.communicate()[0] for process in running]
    return max(float(output) for output in outputs)


def online(calls: int, latency_ms: float, processes: int) -> float:
    """Print calls/s of the three clients and return the stage's."""
    each = calls // processes
    rates = {}
    with served(latency_ms), tempfile.TemporaryDirectory() as folder:
        world(Path(folder), processes, each)
        rates["aiohttp"] = calls / workers([["aiohttp", str(each)]] * processes)
        rates["litellm"] = calls / workers([["litellm", str(each)]] * processes)
        home = str(Path(folder) / "home")
        days = [["stage", home, str(day + 1)] for day in range(processes)]
        rates["stage"] = calls / workers(days)
    print(  # noqa: T201
        f"{latency_ms:5.0f} ms, {processes} process(es): aiohttp {rates['aiohttp']:6.0f}   "
        f"litellm {rates['litellm']:6.0f}   stage {rates['stage']:6.0f} calls/s   "
        f"stage/litellm {rates['stage'] / rates['litellm']:.2f}   "
        f"stage/aiohttp {rates['stage'] / rates['aiohttp']:.2f}"
    )
    return rates["stage"]


def batch_and_resume(rows: int, online_rate: float) -> None:
    """Print rows/s of the batch path, and how long it takes to find that all is judged."""
    with served(0), tempfile.TemporaryDirectory() as folder:
        warehouse = world(Path(folder), 1, rows, batch=True)
        judge_days(warehouse, days_of(0), "warm-up")
        started = time.perf_counter()
        judge_days(warehouse, days_of(1), "bench")  # submits
        judge_days(warehouse, days_of(1), "bench")  # collects
        rate = rows / (time.perf_counter() - started)
        started = time.perf_counter()
        again = judge_days(warehouse, days_of(1), "bench")
        seconds = time.perf_counter() - started
        held = warehouse.read("verdict_count", days_of(1)).item()
    print(f"batch: {rate:,.0f} rows/s, {rate / online_rate:.1f} x the stage online at 0 ms")  # noqa: T201
    print(  # noqa: T201
        f"resume of {rows:,} judged conversations ({held:,} verdicts): {seconds:.2f} s, "
        f"{again.calls} calls"
    )


def main() -> None:
    """Everything, or one worker."""
    kind, *rest = sys.argv[1:] or [""]
    if kind in ("aiohttp", "litellm", "stage"):
        work = {
            "aiohttp": lambda: raw_aiohttp(int(rest[0])),
            "litellm": lambda: bare_litellm(int(rest[0])),
            "stage": lambda: stage(Path(rest[0]), int(rest[1])),
        }
        print(json.dumps(work[kind]()))  # noqa: T201
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    rate = online(given.calls, 0, 1)
    online(given.calls, 0, 2)
    online(given.calls, 500, 1)
    online(given.calls, 500, 2)
    batch_and_resume(given.rows, rate)


if __name__ == "__main__":
    main()
