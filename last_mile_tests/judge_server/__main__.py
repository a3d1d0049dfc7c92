"""The server in a process of its own: for benchmarks, and for runs whose client is killed.

Its first line is its URL. It ends when it is terminated.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from last_mile_tests.judge_server.bills import Bill
from last_mile_tests.judge_server.replies import by_rules, honest
from last_mile_tests.judge_server.server import JudgeServer


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m last_mile_tests.judge_server")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--rates", type=json.loads, default={}, help='such as {"429": 0.05}')
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="one JSON line per paid request, at once")
    parser.add_argument("--rules", action="store_true", help="answer by rules, not false to all")
    options = parser.parse_args()
    server = JudgeServer(
        rates=options.rates,
        seed=options.seed,
        answerer=by_rules if options.rules else honest,
        latency_s=options.latency_ms / 1000,
        keep_prompts=False,
        on_bill=_logging(options.log) if options.log else None,
    )
    asyncio.run(_serve(server, options.port))


def _logging(path: Path) -> Callable[[Bill], None]:
    file = path.open("a", encoding="utf-8", buffering=1)  # a line is written when it is complete

    def log(bill: Bill) -> None:
        file.write(json.dumps(bill._asdict()) + "\n")

    return log


async def _serve(server: JudgeServer, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    runner = await server.start(port)
    sys.stdout.write(server.url + "\n")
    sys.stdout.flush()
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    main()
