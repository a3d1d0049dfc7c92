"""A small home with the states a person meets: days that are built, missing, and broken.

Not here: the processes of the UI (services.py), clicking (clicks.py).
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from last_mile.adapters.installation import Installation
from last_mile.adapters.warehouse.database import opened
from last_mile.demo.drops import FIRST_DAY, write_drops
from last_mile_tests.scenario import lenient_rubric

DAYS = [(FIRST_DAY + timedelta(days=n)).isoformat() for n in range(7)]
BUILT, MISSING, BROKEN, BACKFILLED = DAYS[:2], DAYS[2], DAYS[3], DAYS[4:]
EMPTY_CONVERSATION = "a-conversation-without-messages"
ENVIRONMENT = {
    key: value
    for key, value in os.environ.items()
    if not key.endswith("_KEY") and key not in {"LAST_MILE_HOME", "DAGSTER_HOME"}
}
FEW, MANY = 280, 7000  # conversations of a world: 40 a day; enough for lifts worth a picture

# A landed line that no reader would have accepted, as a careless hand leaves it in a warehouse.
_PLANT = """
insert into conversation_logs by name
select * replace ($id as conversation_id, line + 1000 as line, [] as messages, 0 as n_messages)
from conversation_logs where day = $day order by line limit 1
"""


@dataclass(frozen=True, slots=True)
class World:
    """A home."""

    home: Path

    @property
    def dagster_home(self) -> Path:
        """Its Dagster instance."""
        return Installation.at(self.home).dagster_home

    def lines_of(self, day: str) -> int:
        """How many conversations were dropped for a day: one a line."""
        with gzip.open(self.home / "drops" / f"conversations-{day}.jsonl.gz") as file:
            return sum(1 for _ in file)

    def rows_of(self, table: str, day: str) -> int:
        """How many rows a table holds of a day."""
        found = self._execute(f"select count(*) from {table} where day = $day", {"day": day})
        assert found is not None
        return int(found[0])

    def metrics_of(self, day: str) -> set[str]:
        """Which metrics have heuristic flags of a day."""
        query = "select list(distinct metric) from heuristic_flags where day = $day"
        found = self._execute(query, {"day": day})
        return set(found[0] or ()) if found else set()

    def forget(self, metric: str) -> None:
        """Take the heuristic flags of a metric away, of all days."""
        self._execute("delete from heuristic_flags where metric = $metric", {"metric": metric})

    def plant(self) -> None:
        """Put a landed line without messages into BROKEN: a blocking check must find it."""
        self._execute(_PLANT, {"id": EMPTY_CONVERSATION, "day": BROKEN})

    def _execute(self, query: str, parameters: Mapping[str, str]) -> tuple | None:
        with opened(Installation.at(self.home).warehouse) as connection:
            return connection.execute(query, dict(parameters)).fetchone()


def make_world(home: Path, conversations: int = FEW) -> World:
    """Write drops, land them, build the days of BUILT as a person does, and plant the defect.

    Args:
        home: A folder that is there, and empty.
        conversations: How many, over all of DAYS.
    """
    world, drops = World(home), home / "drops"
    write_drops(drops, conversations, len(DAYS), 1, "confounded")
    command = [
        str(Path(sys.executable).parent / "last-mile"), "run", "--home", str(home),
        "--drops", str(drops), "--rubric", str(lenient_rubric(home)),
        "--from", BUILT[0], "--to", BUILT[-1],
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=home, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    world.plant()
    return world
