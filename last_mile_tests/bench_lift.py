"""The project's own metric_lift on a table of bench_table.py: its SQL, its tables, all scopes.

Not here: the references by row, the arithmetic alone (bench_evidence.py).
"""

from __future__ import annotations

import resource
import time
from datetime import date
from pathlib import Path

import click

from last_mile.adapters.lift_source import read_counted, read_known
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.adapters.warehouse.database import opened
from last_mile.core.fragments import cell_columns, cell_fragments, wide_columns
from last_mile.core.lift import metric_lift
from last_mile.core.rubric import Rubric
from last_mile_tests.bench_table import METRICS
from last_mile_tests.scenario import metric

HORIZON = 45
DAY = date(2026, 1, 5)
DAYS = Days(DAY, date(2026, 1, 6))
RUBRIC = {
    "name": "bench",
    "version": 1,
    "strata": ["category", "attributes.history", "model"],
    "outcomes": [{"id": "hired", "horizon_days": HORIZON, "primary": True}],
}


def whole(home: Path, table: Path) -> None:
    """Print what counting and lifting take, and the peak memory of this process."""
    rubric = Rubric.model_validate(
        {**RUBRIC, "metrics": [metric(name, adjust=["strata"]) for name in METRICS]}
    )
    warehouse = _filled(home, table, rubric)
    started = time.perf_counter()
    warehouse.build("stat_cells", DAYS, cell_fragments(rubric), cell_columns(rubric))
    counted = time.perf_counter()
    known = read_known(warehouse, rubric, "bench", DAY)
    rows = metric_lift(read_counted(warehouse, rubric), rubric, known)
    lifted = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    scopes = rows["scope"].n_unique()
    click.echo(
        f"the project's stat_cells of one day {counted - started:.2f} s, metric_lift of "
        f"{scopes} scopes {lifted - counted:.2f} s, {rows.height} rows, {peak:.2f} GB peak so far"
    )


def _filled(home: Path, table: Path, rubric: Rubric) -> Warehouse:
    """A warehouse whose labeled_conversations are those of a DuckDB file, matured, of one day."""
    warehouse = Warehouse(home=str(home))
    warehouse.add_columns("labeled_conversations", wide_columns(rubric))
    with opened(warehouse.installation.warehouse) as connection:
        connection.execute(f"attach '{table}' as bench (read_only)")
        connection.execute(
            "insert into labeled_conversations by name "
            f"select *, date '{DAY}' as day, if(hired, 3, null) as hired__event_day, "
            f"{HORIZON} as hired__seen_days from bench.labeled_conversations"
        )
    return warehouse
