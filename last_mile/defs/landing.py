"""Assets that land the drop folder: one table per kind of log, replaced file by file.

Not here: what a day's rows become (defs/conversations.py, defs/outcomes.py).
"""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl

from last_mile.adapters.landing import land
from last_mile.adapters.log_drop import Kind
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.defs.reporting import counted
from last_mile.defs.tables import history_table


class LandingConfig(dg.Config):
    """Which files a landing treats otherwise than by whether they changed."""

    leave: list[str] = []  # noqa: RUF012 - still being written: left alone
    again: list[str] = []  # noqa: RUF012 - read although they did not change


def _land(warehouse: Warehouse, kind: Kind, config: LandingConfig) -> dg.MaterializeResult:
    settings = warehouse.installation.settings()
    reading = settings.reading(datetime.now(UTC).date())
    landed = land(
        warehouse, Path(settings.drops), kind, reading, leave=config.leave, again=config.again
    )
    files = warehouse.read("log_files")
    return counted(
        int(files.filter(kind=kind)["records"].sum()),
        lines_landed_now=landed.lines,
        lines_refused=landed.rejected,
        files_read=landed.files,
        files_unchanged=landed.unchanged,
        files_unreadable=landed.unreadable,
        files_ignored=landed.ignored,
        files_by_format=dict(landed.formats),
        times_from=dict(landed.time_sources),
        redacted=dict(landed.redacted),
    )


def fail_on_unreadable(warehouse: Warehouse, days: Days, *kinds: Kind) -> None:
    """Stop a day before anything of it is replaced: a file it needs could not be read.

    Raises:
        dagster.Failure: With the file and the fix.
    """
    broken = warehouse.read("unreadable_files", days).filter(pl.col("kind").is_in(kinds))
    if not broken.is_empty():
        raise dg.Failure("; ".join(broken["error"]), allow_retries=False)


@history_table("logs", kinds=("python", "duckdb"))
def conversation_logs(warehouse: Warehouse, config: LandingConfig) -> dg.MaterializeResult:
    """Every record of the conversation drops, accepted or refused with its reason."""
    return _land(warehouse, "conversations", config)


@history_table("logs", kinds=("python", "duckdb"))
def outcome_logs(warehouse: Warehouse, config: LandingConfig) -> dg.MaterializeResult:
    """Every row of the outcome drops, accepted or refused with its reason."""
    return _land(warehouse, "outcomes", config)


@history_table("logs", kinds=("python", "duckdb"))
def label_logs(warehouse: Warehouse, config: LandingConfig) -> dg.MaterializeResult:
    """Every row of the label drops: human answers and verdicts recorded elsewhere."""
    return _land(warehouse, "labels", config)
