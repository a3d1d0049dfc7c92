"""`last-mile rubric …`: failure modes as proposed metrics, and accepting one.

Not here: finding them (core/failure_modes), writing the file (adapters/rubric_editing.py).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import polars as pl
from rich.markup import escape

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import has_tables
from last_mile.adapters.rubric_editing import add_metric
from last_mile.adapters.rubric_proposals import accepted, listed
from last_mile.adapters.rubric_text import CannotAppendError
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli import options
from last_mile.core.failure_modes import metric_yaml
from last_mile.errors import UserError

_ID = 8  # digits
_NONE = "There are no failure modes yet. Next: last-mile run"


@click.group()
def rubric() -> None:
    """The rubric: list what is proposed as a metric, accept a proposal."""


@rubric.command(name="list")
@options.home
def list_proposals(home: str) -> None:
    """List failure modes, what can be added to the rubric first; words of users are shown.

    Under the table stand the ids of failed conversations to read, each of another user.
    """
    rows = _read(Installation.at(home), "failure_modes")
    if rows.is_empty():
        console.note(_NONE)
        return
    table = console.plain_table(
        "id", "part", "words", "n", "rate with [95 %]", "without", "of n", "q", "state", "add"
    )
    table.columns[0].min_width = _ID  # on a narrow terminal the others give way
    for column in (1, 2, 8, 9):
        table.columns[column].justify = "left"
    for column in (1, 2, 4, 8):
        table.columns[column].no_wrap, table.columns[column].overflow = False, "fold"
    for row in listed(rows):
        table.add_row(
            row["failure_id"], _shown(row["part"]), _shown(row["feature"]), _count(row["n"]),
            _rate(row["rate"], row["rate_low"], row["rate_high"]), _rate(row["rate_without"]),
            _count(row["n_without"]), _q(row["q"]), _shown(row["state"]),
            "yes" if row["proposal"] is not None else "—",
        )  # fmt: skip
    console.show_table(table)
    for of, ids in _examples(_read(Installation.at(home), "failure_examples")):
        console.note(f"{of}: {', '.join(map(_plain, ids))}")
    if rows["proposal"].is_not_null().any():
        console.note("Next: last-mile rubric add ID")


@rubric.command()
@click.argument("failure_id")
@options.home
@click.option("--id", "metric_id", help="Id of the metric.  [default: made of the words]")
@click.option("--author", help="Who accepts it, for its prior.  [default: failure_modes]")
@click.option("--out", type=click.Path(dir_okay=False),
              help="A new file: a copy of the rubric with the metric.")  # fmt: skip
def add(
    failure_id: str, home: str, metric_id: str | None, author: str | None, out: str | None
) -> None:
    """Write the proposal FAILURE_ID (see list) into the rubric as a metric.

    Its prior says that it was written after looking, so its lift stays exploratory.
    """
    installation = Installation.at(home)
    held = installation.settings().rubric
    today = datetime.now(UTC).date()
    rows = _read(installation, "failure_modes")
    entry = accepted(rows, failure_id, today, author, metric_id)
    try:
        added = add_metric(held, entry, Path(out) if out else None)
    except CannotAppendError as error:
        console.note(_pasted(entry, flow=error.flow))
        raise
    console.note(f"{added.metric_id} is in {added.path}, line {added.line}")
    console.note(
        "Next: last-mile run" + (f" --rubric {shlex.quote(str(added.path))}" if out else "")
    )


def _examples(rows: pl.DataFrame) -> Iterator[tuple[str, list[str]]]:
    by_id = rows.sort("failure_id", "place").group_by("failure_id", maintain_order=True)
    yield from by_id.agg("conversation_id").iter_rows()


def _read(installation: Installation, table: str) -> pl.DataFrame:
    installation.settings()
    if not has_tables(installation):
        raise UserError(f"{installation.home} has no failure modes yet; run `last-mile run`")
    return Warehouse(home=str(installation.home)).read(table)


def _pasted(entry: Mapping[str, Any], *, flow: bool) -> str:
    """The entry as it is pasted: JSON is YAML where a list stands in brackets."""
    return json.dumps(entry, ensure_ascii=False) if flow else metric_yaml(entry).rstrip("\n")


def _shown(text: str) -> str:
    """A user's text that neither marks up nor steers the terminal."""
    return escape(_plain(text))


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _count(n: int | None) -> str:
    return "—" if n is None else f"{n:,}"


def _rate(rate: float | None, low: float | None = None, high: float | None = None) -> str:
    if rate is None:
        return "—"
    limits = "" if low is None or high is None else f" [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{100 * rate:.1f} %{limits}"


def _q(q: float | None) -> str:
    return "—" if q is None else "<0.001" if q < 0.0005 else f"{q:.3f}"  # noqa: PLR2004 - rounds to 0
