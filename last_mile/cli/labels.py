"""`last-mile labels …`: which conversations people label next, and taking their answers in.

Not here: drawing and checking (adapters/labels), what the labels say (core/calibration).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.cli import options
from last_mile.core.calibration import PER_CELL

INTERFACE = """<View>
  <Header value="$question"/>
  <Paragraphs name="dialogue" value="$dialogue" layout="dialogue" nameKey="author" textKey="text"/>
  <Choices name="value" toName="dialogue" choice="single" required="true">
    <Choice value="yes"/><Choice value="no"/>
  </Choices>
</View>"""


@click.group()
def labels() -> None:
    """Calibrate the judge by people's labels: plan which to collect, import them."""


@labels.command()
@options.home
@click.option("--metric", "metrics", multiple=True,
              help="Only this judged metric; may be given again.  [default: all]")  # fmt: skip
@click.option("--per-cell", default=PER_CELL, show_default=True, type=click.IntRange(1),
              help="Labels wanted of each judge's flag with and without the outcome.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Another one draws other conversations.")
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="A new file.")
@click.option("--format", "form", type=click.Choice(["csv", "label-studio"]), default="csv",
              show_default=True,
              help="csv: ids and questions only; label-studio: tasks with the texts.")  # fmt: skip
def plan(home: str, out: str, **given: Any) -> None:
    """Write the next conversations to label, without the judge's flag or the outcome.

    The draw is recorded, so the labels are weighted back to all conversations later.
    """
    from last_mile.adapters.labels import plan_labels  # noqa: PLC0415
    from last_mile.adapters.warehouse import Warehouse  # noqa: PLC0415

    installation = Installation.at(home)
    installation.settings()
    now = datetime.now(UTC).replace(tzinfo=None)
    planned = plan_labels(Warehouse(home=str(installation.home)), Path(out), now, **given)
    table = console.plain_table(
        "metric", "judge says", planned.outcome, "conversations", "labelled", "to label"
    )
    for cell in planned.cells:
        table.add_row(
            cell.metric, _yes(cell.judged), _yes(cell.event), f"{cell.n:,}",
            f"{cell.labelled + cell.reused:,}", f"{cell.to_label:,}",
        )  # fmt: skip
    console.show_table(table)
    for problem in planned.left_out:
        console.note(f"Left out: {problem}.")
    if not planned.labels:
        console.note(
            "Nobody needs to be asked: answers to earlier plans count for this judge now.\n"
            "Next: last-mile report"
        )
        return
    console.note(
        f"Cost: {planned.labels:,} labels on {planned.conversations:,} conversations, in {out}."
    )
    if given["form"] == "label-studio":
        console.note(f"Labelling interface for Label Studio:\n{INTERFACE}")
    console.note("Next: fill in yes or no, then `last-mile labels import FILE`.")


@labels.command(name="import")
@click.argument("file", type=click.Path(dir_okay=False))
@options.home
@click.option("--annotator", help="Who answered.  [default: as the file says]")
def import_file(file: str, home: str, annotator: str | None) -> None:
    """Take a filled-in plan, or a Label Studio export (JSON, JSON-MIN, CSV), into the drop folder.

    All rows are checked first; if one cannot be used, nothing is written.
    """
    from last_mile.adapters.labels import import_labels  # noqa: PLC0415
    from last_mile.adapters.warehouse import Warehouse  # noqa: PLC0415

    installation = Installation.at(home)
    installation.settings()
    warehouse = Warehouse(home=str(installation.home))
    imported = import_labels(warehouse, Path(file), annotator)
    table = console.plain_table("metric", "yes", "no")
    for metric in sorted({metric for metric, _ in imported.said}):
        yes, no = (imported.said[metric, says] for says in (True, False))
        table.add_row(metric, f"{yes:,}", f"{no:,}")
    console.show_table(table)
    console.note(
        f"{imported.said.total():,} labels, {imported.empty:,} without an answer, "
        f"{imported.repeated:,} said twice."
    )
    if imported.known:
        console.note(f"{imported.file} holds them already; nothing changed.")
        return
    console.note(f"Written to {imported.file}.\nNext: last-mile run")


def _yes(said: bool) -> str:
    return "yes" if said else "no"
