"""Judges a day with a provider that misbehaves, killed at seeded moments and capped twice.

`python -m last_mile_tests.chaos --conversations 5000 --kills 10 --seed 1` prints the account and
fails when a claim does. Not here: the claims (chaos_claims.py), the processes (chaos_process.py).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.judge.money import NANO
from last_mile_tests.adapters.judge.world import asking, change, in_journal, judged_world
from last_mile_tests.chaos_account import Account, RunEnd
from last_mile_tests.chaos_claims import claims, lines
from last_mile_tests.chaos_process import Nursery, Provider, nursery, provider, wait_for

RATES = {
    "429": 0.01, "429:0.05": 0.04, "500": 0.03, "hang": 0.01, "malformed": 0.02,
    "truncated": 0.01, "refusal": 0.01,
}  # fmt: skip
METRICS = ("polite", "wordy", "robotic", "vague")
_PANELS = 2
_CAPS = 2
_CAP = 0.28  # of what all calls will cost, for each run with a cap
_CALL_NANO = 67_000  # what the server asks for a call about one of these conversations
_EARLIEST, _LATEST = 0.03, 0.5  # share of what a run will spend, at a kill
_TIMEOUT_S = 2.0
_MOST_ENDS = 5  # runs after the caps: a conversation may be left unanswered by one


def chaos_run(
    folder: Path,
    *,
    conversations: int,
    kills: int,
    seed: int,
    rates: Mapping[str, float] = RATES,
    in_flight: int = 32,
) -> Account:
    """Two runs that end by their cap and one without, killed between them; then the account.

    Args:
        folder: Where everything is put; it must be empty.
        conversations: How many, of one day.
        kills: With SIGKILL, in all; each when the provider was paid a drawn amount in that run.
        seed: Of the kills and of the provider's faults.
        rates: Fault to probability.
        in_flight: Calls at once.
    """
    started = time.monotonic()
    rubric = asking(*METRICS, grouping=_PANELS, max_output_tokens=150)
    with provider(folder, rates, seed) as server, nursery(server.env) as forks:
        warehouse = judged_world(
            folder, conversations, rubric=rubric, in_flight=in_flight, timeout_s=_TIMEOUT_S
        )
        chaos = _Chaos(warehouse, server, forks, random.Random(seed), kills)
        chaos.go_on()
        served = server.stats()["served"]
    return Account(
        conversations=chaos.ids(), metrics=METRICS, runs=chaos.runs, bills=server.bills,
        calls=warehouse.read("judge_calls").rows(named=True),
        verdicts=warehouse.read("judge_verdicts").rows(named=True),
        kills=kills, caps=_CAPS, month_cap_nano=chaos.month_cap_nano, in_flight=in_flight,
        journal=in_journal(warehouse), served=served, seconds=time.monotonic() - started,
    )  # fmt: skip


class _Chaos:
    """The runs, one after another."""

    def __init__(
        self,
        warehouse: Warehouse,
        server: Provider,
        forks: Nursery,
        chance: random.Random,
        kills: int,
    ) -> None:
        self.runs: list[RunEnd] = []
        self._warehouse, self._server, self._chance = warehouse, server, chance
        self._nursery = forks
        self._kills = [kills // 3, kills // 3, kills - 2 * (kills // 3)]
        self._whole_nano = len(self.ids()) * _PANELS * _CALL_NANO
        self.month_cap_nano = 3 * self._whole_nano  # calls in doubt count as what was reserved
        change(warehouse, month_cap_usd=self.month_cap_nano / NANO)

    def go_on(self) -> None:
        """Run until nothing is left."""
        for number, kills in enumerate(self._kills):
            self._run(
                f"run-{number + 1}",
                _CAP * self._whole_nano / NANO if number < _CAPS else None,
                kills,
            )
        while self.runs[-1].skipped and len(self.runs) < _CAPS + _MOST_ENDS:
            self._run(f"run-{len(self.runs) + 1}", None, 0)

    def ids(self) -> dict[str, str]:
        """Conversations: content hash to id."""
        rows = self._warehouse.read("conversations").select("content_hash", "conversation_id")
        return dict(rows.iter_rows())

    def _run(self, name: str, cap_usd: float | None, kills: int) -> None:
        change(self._warehouse, cap_usd=cap_usd)
        before = self._server.look()
        worth = self._left_nano() if cap_usd is None else cap_usd * NANO
        shares = sorted(self._chance.uniform(_EARLIEST, _LATEST) for _ in range(kills))
        killed = sum(self._killed(name, before + share * worth) for share in shares)
        errors = self._start(name)
        failed = self._nursery.wait()
        self._server.look()
        sentence = errors.read_text().strip().rpartition("\n")[2] if failed else ""
        skipped = self._warehouse.read("judge_skipped").select("conversation_id", "reason")
        cap_nano = None if cap_usd is None else int(cap_usd * NANO)
        self.runs.append(
            RunEnd(name, cap_nano, killed, self._missing(), dict(skipped.iter_rows()), sentence)
        )

    def _killed(self, name: str, at_nano: float) -> bool:
        """Kill a process of a run when the server was paid so much; False: it ended before."""
        self._start(name)
        wait_for(
            lambda: self._server.look() >= at_nano or self._nursery.ended,
            f"{name} is not paid on",
        )
        killed = self._nursery.kill()
        self._server.come_to_rest()
        return killed

    def _start(self, run: str) -> Path:
        errors = Path(self._warehouse.home).with_name(f"{run}.txt")
        self._nursery.start(self._warehouse.home, run, errors)
        return errors

    def _missing(self) -> frozenset[str]:
        answered = dict(
            self._warehouse.read("judge_verdicts").group_by("content_hash").len().iter_rows()
        )
        ids = self.ids()
        return frozenset(ids[key] for key in ids if answered.get(key, 0) < len(METRICS))

    def _left_nano(self) -> float:
        """What the rest will cost, at the price so far."""
        asked = self._warehouse.read("judge_verdicts").height
        questions = len(self.ids()) * len(METRICS)
        return self._server.nano * (questions - asked) / max(asked, 1)


def main() -> None:
    """Run it, print the account, and fail with the claims."""
    parser = argparse.ArgumentParser(prog="python -m last_mile_tests.chaos")
    parser.add_argument("--conversations", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--in-flight", type=int, default=32)
    parser.add_argument("--rates", type=json.loads, default=RATES, help='such as {"429": 0.05}')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        account = chaos_run(Path(folder), **vars(options))
    found = claims(account)
    sys.stdout.writelines(f"{line}\n" for line in (*account.lines(), *lines(found)))
    sys.exit(any(found.values()))


if __name__ == "__main__":
    main()
