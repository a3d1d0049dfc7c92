"""What the command line shows: progress, the headline tables, where the files are.

Not here: options (cli.py), figures (report.json holds them).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.client import RULES
from last_mile.adapters.lake_address import where_tables_are
from last_mile.core.lift.verdict import leading
from last_mile.core.rubric import Rubric
from last_mile.core.rules_judge import KNOWN

if TYPE_CHECKING:
    from last_mile.run import Replayed  # Dagster is slow to import

_SHOWN_BYTES = 200
_SIGNS = {1: "+", 0: "0", -1: "-"}
_OUT = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)


def show_table(table: Table) -> None:
    """A table."""
    _OUT.print(table)


def note(text: str) -> None:
    """One plain line."""
    _OUT.print(text, markup=False)


def note_unknown_to_rules(rubric: Rubric, judge: str) -> None:
    """Say which questions the rules judge cannot answer: it has rules by metric id."""
    unknown = [metric.id for metric in rubric.judged if metric.id not in KNOWN]
    if judge == RULES and unknown:
        note(
            f"The rules judge has no rule for {', '.join(unknown)}: unscored with it. Another "
            "judge answers them: --judge MODEL or --judge recorded."
        )


@contextmanager
def progress() -> Iterator[Callable[..., None]]:
    """A progress bar over the runs of the main job; plain lines when not on a terminal.

    Yields:
        Told a stage, how much of it is done and how much there is; with `every_s`, a plain line is
        shown no more often than that.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_OUT, disable=not _OUT.is_terminal) as bar:
        task = bar.add_task("starting", total=None)
        stages, said = set[str](), time.monotonic()

        def show(stage: str, done: int, total: int, every_s: float | None = None) -> None:
            nonlocal said
            bar.update(task, description=stage, completed=done, total=total)
            head, now = stage.partition(" ")[0], time.monotonic()
            due = head not in stages or done % 10 == 0 if every_s is None else now - said >= every_s
            if every_s is None or due:
                said = now
            if not _OUT.is_terminal and due:
                note(f"{stage} ({done:,} of {total:,} {'calls' if every_s else 'runs'} done)")
            stages.add(head)

        yield show


def show_end(installation: Installation) -> None:
    """The headline table, planted versus recovered for a demo, and where everything is."""
    report = json.loads(installation.report_json.read_text("utf-8"))
    _OUT.print(_lift_table(report))
    if report["recovered"]:
        _OUT.print(_recovered_table(report["recovered"]))
    judging = report["judging"]["sentences"] if report["judging"] else []
    for sentence in [*report["headline"], report["judge"]["sentence"], *judging]:
        note(f"- {sentence}")
    training = report["training"]
    note("")
    note(f"warehouse       {where_tables_are(installation)}")
    if training:
        note(f"training files  {installation.home / training['folder']}")
    note(f"report          {installation.report_html}")


def note_locked(locked: Sequence[str]) -> None:
    """Why there is nothing to release, if there is nothing."""
    if locked:
        note("No training release was made:")
    for sentence in locked:
        note(f"- {sentence}")


def show_inspection(found: Sequence[dict[str, Any]]) -> None:
    """What a drop folder holds, by kind."""
    table = plain_table("kind", "files", "lines", "accepted", "refused", "first day", "last day")
    for row in found:
        counts = (f"{row[name]:,}" for name in ("files", "lines", "accepted", "rejected"))
        table.add_row(row["kind"], *counts, str(row["first"] or ""), str(row["last"] or ""))
    _OUT.print(table)
    for row in found:
        for name, n in row["formats"].items() if row["kind"] == "conversations" else ():
            note(f"{row['kind']}: {n:,} file(s) of format {name}")
        for reason, n in row["reasons"].items():
            note(f"{row['kind']} refused: {reason} {n:,}")
        for name in row["ignored"]:
            note(f"left alone, no conversation log by name or content: {name}")
        for error in row["errors"]:
            note(f"unreadable: {error}")


def show_rejected(summary: pl.DataFrame, files: pl.DataFrame) -> None:
    """Refused lines by reason, and files that could not be read at all."""
    if summary.is_empty():
        note("No line is refused.")
    else:
        table = plain_table("reason", "kind", "lines", "files", "bytes", "for example")
        for reason, kind, *counts, example in summary.iter_rows():
            table.add_row(reason, kind, *(f"{count:,}" for count in counts), escape(example))
        _OUT.print(table)
    for name, error in files.filter(status="unreadable").select("file", "error").iter_rows():
        note(f"unreadable: {name}: {error}")
    for name in files.filter(status="ignored")["file"]:
        note(f"left alone, no conversation log by name or content: {name}")


def show_places(places: pl.DataFrame, *, raw: bool) -> None:
    """Refused lines one by one; their bytes only when asked for, escaped."""
    for row in places.iter_rows(named=True):
        offset = "" if row["byte_offset"] is None else f" at byte {row['byte_offset']:,}"
        part = f" part {row['part']}" if row["part"] else ""
        note(f"{row['file']}:{row['line']}{part}{offset}, {row['n_bytes']:,} bytes")
        if raw:
            note(f"    {row['raw'][:_SHOWN_BYTES]!r}")
    note(f"{places.height:,} lines")


def show_replayed(replayed: Replayed) -> None:
    """Refused lines before and after a replay."""
    note(
        f"{replayed.files:,} file(s) read again; {replayed.before:,} refused lines were in "
        f"question, {replayed.after:,} lines are refused now."
    )
    if replayed.gone:
        note(
            f"Not read again: {', '.join(replayed.gone[:5])} "
            f"({len(replayed.gone)} file(s) no longer in the drop folder; put them back)."
        )


def _lift_table(report: dict[str, Any]) -> Table:
    outcome = report["primary_outcome"]
    rows = [row for row in report["lift"] if row["outcome"] == outcome]
    rows.sort(key=lambda row: -(leading(row)[0] or 0))
    table = plain_table("behaviour", "with it", "rate with", "without", "crude RR",
                   "adjusted RR [95 %]", "q", "prior", "verdict")  # fmt: skip
    known = max((row["n"] for row in rows), default=0)
    table.title = f"“{outcome}” by behaviour, {known:,} conversations"
    for row in rows:
        adjusted = (row["adjusted_rr"], row["adjusted_low"], row["adjusted_high"])
        table.add_row(
            row["metric"], f"{row['n_true']:,} of {row['n_scored']:,}", _percent(row["rate_true"]),
            _percent(row["rate_false"]), _interval(row["rr"], None, None), _interval(*adjusted),
            _probability(row["q"]), _SIGNS[row["prior_sign"]],
            row["verdict"] or "knows the outcome",
        )  # fmt: skip
    return table


def _recovered_table(rows: Sequence[dict[str, Any]]) -> Table:
    table = plain_table("planted in the demo world", "planted", "recovered [95 %]", "inside")
    table.title = "Recovered versus planted"
    for row in rows:
        found = _interval(row["recovered"], row["low"], row["high"])
        table.add_row(
            escape(row["quantity"]),
            f"{row['planted']:.3g}",
            found,
            "yes" if row["inside"] else "no",
        )
    return table


def plain_table(*columns: str) -> Table:
    """A plain table; all columns but the first are numbers."""
    table = Table(box=None, pad_edge=False, title_justify="left", header_style="bold")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def _percent(rate: float | None) -> str:
    return "—" if rate is None else f"{100 * rate:.1f} %"


def _probability(value: float | None) -> str:
    if value is None:
        return "—"
    return "<0.001" if value < 0.0005 else f"{value:.3f}"  # noqa: PLR2004 - what rounds to 0.000


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.3f}" + ("" if low is None else f" [{low:.3f}, {high:.3f}]")
