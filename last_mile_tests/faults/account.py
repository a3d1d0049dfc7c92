"""What a fault cost: calls paid again, lines lost or landed twice, tables that differ.

Not here: making faults, comparing tables (tables.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.judge.call import IN_DOUBT
from last_mile_tests.adapters.judge.world import assert_books_balance
from last_mile_tests.faults.tables import Rows, differing, tables_of
from last_mile_tests.faults.world import World

_LOGS = ("conversation_logs", "outcome_logs", "label_logs")


@dataclass(frozen=True)
class Account:
    """How a home stands after a fault and the end of its runs.

    Attributes:
        again: Bills whose answer was lost with a process and whose question was billed again.
        twice: Bills for a question that had been answered: there must be none.
        lost: Lines of the drops that no table of logs holds.
        repeated: Rows of these tables that stand there twice.
        differing: Tables that are not those of the undisturbed run.
    """

    again: int
    twice: int
    lost: int
    repeated: int
    differing: Mapping[str, str]

    def assert_clean(self) -> None:
        """Nothing lost, nothing doubled, nothing different."""
        assert self.differing == {}
        assert (self.lost, self.repeated, self.twice) == (0, 0, 0)


def account_of(world: World, home: Path, reference: Mapping[str, Rows]) -> Account:
    """Compare a home with the undisturbed run, the provider's bills and the drops."""
    warehouse = Warehouse(home=str(home))
    found = tables_of(home)
    assert_books_balance(warehouse, world.server)
    again, twice = _paid_again(warehouse, world)
    lines, repeated = zip(*(landed(warehouse, table) for table in _LOGS), strict=True)
    lost = world.lines() - sum(lines)
    return Account(again, twice, lost, sum(repeated), differing(found, reference))


def landed(warehouse: Warehouse, table: str) -> tuple[int, int]:
    """Lines that a table of logs holds, and how many of its rows stand there twice."""
    rows = warehouse.read(table)
    place = [name for name in ("file", "line", "part") if name in rows.columns]
    return rows.select("file", "line").n_unique(), rows.height - rows.select(place).n_unique()


def _paid_again(warehouse: Warehouse, world: World) -> tuple[int, int]:
    """Bills beyond the first of a question: of calls in doubt, and of others."""
    calls = warehouse.read("judge_calls").select("call_id", "result")
    in_doubt = {name for name, result in calls.iter_rows() if result == IN_DOUBT}
    bills = Counter(bill.content_digest for bill in world.server.bills)
    kept = Counter(
        bill.content_digest for bill in world.server.bills if bill.request_id not in in_doubt
    )
    twice = sum(n - 1 for n in kept.values())
    return bills.total() - len(bills) - twice, twice
