"""A report as it was: rebuilt from what had arrived by a day, in a folder of its own.

Rubric, judge and verdicts are those of now; what came later is cut off. Not here: which rows were
known (sql/as_of/), the report (adapters/report_source.py).
"""

from __future__ import annotations

import shutil
from datetime import date, datetime, time, timedelta
from pathlib import Path

from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import note_file
from last_mile.adapters.report_source import write_report
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.adapters.warehouse.as_of import copy_known
from last_mile.core.fragments import (
    cell_columns,
    cell_fragments,
    outcome_fragments,
    wide_columns,
    wide_fragments,
)
from last_mile.defs import drift, epochs, evidence, failures, releases, tiers
from last_mile.defs.report import check_results
from last_mile.errors import UserError
from last_mile.run.instance import instance_of

EVIDENCE = (
    evidence.human_labels, evidence.judge_calibration, evidence.metric_lift,
    evidence.segment_lift, evidence.composite_lift, epochs.judge_bridge, epochs.flag_trends,
    releases.release_comparison, releases.outcome_effects, releases.engagement_effects,
    drift.drift, failures.failure_modes, tiers.tier_lift,
)  # fmt: skip


def report_as_of(installation: Installation, last: date) -> Path:
    """Rebuild the report as it was at the end of a day.

    Args:
        installation: Where, with saved settings.
        last: What arrived after this day (UTC) is left out.

    Returns:
        The folder with the report, its numbers and its tables.

    Raises:
        UserError: Nothing had arrived by then.
    """
    moment = datetime.combine(last + timedelta(days=1), time())
    past = Installation.at(installation.home / "as_of" / last.isoformat())
    shutil.rmtree(past.home, ignore_errors=True)
    past.save(installation.settings())
    note_file(past.home)
    try:
        copy_known(installation, past.warehouse, moment)
        warehouse = Warehouse(home=str(past.home))
        _build(warehouse, moment)
        with instance_of(installation) as instance:
            checks = check_results(instance, before=moment.date())
        write_report(warehouse, checks, installation.releases)
    finally:
        for path in past.home.glob("warehouse.duckdb*"):
            path.unlink()
    return past.home


def report_of_snapshot(installation: Installation, snapshot: int) -> Path:
    """Write the report of the tables of a lake as they were; nothing is built again.

    Args:
        installation: Where, with saved settings.
        snapshot: Its number, as in a manifest or in report.json.

    Returns:
        The folder with the report and its numbers. It lists no checks: they are of other moments.

    Raises:
        UserError: The lake has no such snapshot, or the tables are in a file.
    """
    folder = installation.home / "as_of" / f"snapshot-{snapshot}"
    warehouse = Warehouse(home=str(installation.home), snapshot=snapshot)
    if warehouse.read("metric_lift").is_empty():
        raise UserError(f"in snapshot {snapshot} of the lake no evidence had been built")
    write_report(warehouse, [], installation.releases, Installation.at(folder))
    return folder


def _build(warehouse: Warehouse, moment: datetime) -> None:
    """Every table behind the report that depends on what had arrived."""
    days = warehouse.read("day_range").row(0, named=True)
    if days["first"] is None:
        raise UserError(f"no conversation had begun before {moment:%Y-%m-%d}; name a later day")
    rubric = warehouse.installation.rubric()
    events = Days(days["first"], moment.date() + timedelta(days=1))
    warehouse.build("outcome_events", events)
    warehouse.build("outcomes", events, outcome_fragments(rubric))
    warehouse.build("labeled_conversations", events, wide_fragments(rubric), wide_columns(rubric))
    warehouse.build("stat_cells", events, cell_fragments(rubric), cell_columns(rubric))
    for build in EVIDENCE:
        build(warehouse=warehouse)
