"""The processes of a chaos run: the provider, and judging ones that may be killed.

These are forked, so that LiteLLM is imported once. Not here: when they are killed (chaos.py).
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from last_mile.adapters.judge import journal
from last_mile.adapters.judge.client import litellm
from last_mile.adapters.judge.stage import judge_days
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.judge_server import Bill
from last_mile_tests.scenario import DAYS

_LINES_OF_A_SEGMENT = 50  # few, so that kills also meet a change of segments and its folding
_LATENCY_MS = 40
_POLL_S, _PATIENCE_S = 0.005, 300.0


@dataclass
class Nursery:
    """A process with everything imported; each judging process is a fork of it."""

    _process: subprocess.Popen[bytes]
    _pid: int = 0

    def start(self, home: str, run: str, errors: Path) -> None:
        """Begin to judge the day; what is raised is written to a file."""
        order = json.dumps([home, run, str(errors)])
        assert self._process.stdin is not None
        self._process.stdin.write(order.encode() + b"\n")
        self._pid = int(self._line())

    @property
    def ended(self) -> bool:
        """Whether the process that judges has ended."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def kill(self) -> bool:
        """Kill it with SIGKILL; False: it had ended before."""
        if not self.ended:
            os.kill(self._pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def end(self) -> None:
        """Kill what is still judging."""
        if self._pid:
            self.kill()

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        wait_for(lambda: self.ended, "a process that judges does not end")
        code, self._pid = int(self._line()), 0
        return code

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def nursery(env: Mapping[str, str]) -> Iterator[Nursery]:
    """Keep a nursery until the block ends.

    Args:
        env: Variables besides those of this process.
    """
    command = [sys.executable, "-m", "last_mile_tests.chaos_process"]
    with subprocess.Popen(
        command, env={**os.environ, **env}, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        forks = Nursery(process)
        try:
            yield forks
        finally:
            forks.end()
            process.terminate()


@dataclass
class Provider:
    """The server in its process, and its bills as they are written."""

    url: str
    log: Path
    bills: list[Bill] = field(default_factory=list)
    nano: int = 0
    _read: int = 0

    @property
    def env(self) -> dict[str, str]:
        """Variables that lead LiteLLM to it."""
        return {"OPENAI_API_BASE": self.url, "OPENAI_API_KEY": "none"}

    def look(self) -> int:
        """Read new bills; nano-dollars paid so far."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            lines = file.read()
        whole = lines[: lines.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self.bills.append(Bill(**json.loads(line)))
            self.nano += self.bills[-1].nano
        return self.nano

    def stats(self) -> dict[str, Any]:
        """What it counted."""
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/stats") as response:
            found: dict[str, Any] = json.load(response)
        return found

    def come_to_rest(self) -> int:
        """Wait until what a killed client had sent is billed; nano-dollars paid so far."""
        wait_for(lambda: not self.stats()["in_flight"], "the server does not come to rest")
        return self.look()


@contextmanager
def provider(folder: Path, rates: Mapping[str, float], seed: int) -> Iterator[Provider]:
    """Keep a server that misbehaves until the block ends.

    Args:
        folder: Where its bills are written.
        rates: Fault to probability.
        seed: Of the faults.
    """
    log = folder / "bills.jsonl"
    log.touch()
    command = [
        sys.executable, "-m", "last_mile_tests.judge_server", "--rates", json.dumps(rates),
        "--seed", str(seed), "--latency-ms", str(_LATENCY_MS), "--log", str(log),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Provider(process.stdout.readline().strip(), log)
        finally:
            process.terminate()


def wait_for(done: Callable[[], bool], otherwise: str) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It is not for five minutes; `otherwise` says so.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(_POLL_S)


def main() -> None:
    """Fork for each order; answer with the process's id and, when it has ended, its exit code."""
    litellm()
    journal._LINES_OF_A_SEGMENT = _LINES_OF_A_SEGMENT
    for line in sys.stdin:
        home, run, errors = json.loads(line)
        pid = os.fork()
        if not pid:
            os._exit(_judge(home, run, Path(errors)))
        os.write(1, b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(status))


def _judge(home: str, run: str, errors: Path) -> int:
    try:
        judge_days(Warehouse(home=home), DAYS, run)
    except BaseException:
        errors.write_text(traceback.format_exc())
        return 1
    return 0


if __name__ == "__main__":
    main()
