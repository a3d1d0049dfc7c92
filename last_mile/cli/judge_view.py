"""How plans, spending and progress of a judge are shown.

Not here: figures (adapters/judge/planning.py, sql/reads/judge_usage.sql).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from last_mile import console
from last_mile.adapters.judge.planning import Planned
from last_mile.adapters.judge.progress import Progress
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import quoted
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.money import usd

_USAGE_COLUMNS = (
    "last call (UTC)", "epoch", "judge", "mode", "conversations", "calls", "paid", "in doubt",
    "USD", "per 1,000", "cached", "median ms",
)  # fmt: skip
_LINES_EVERY_S = 10.0  # where progress is shown as lines


def show_plan(planned: Planned) -> None:
    """The plan, line by line."""
    plan, settings, model = planned.plan, planned.settings, planned.model
    lines = [
        ("judge", f"{model.name}, epoch {planned.epoch}"),
        ("conversations", f"{plan.n_conversations:,}"),
        ("in the ledger already", f"{plan.n_judged:,}"),
        ("in batches", f"{plan.n_in_batch:,}"),
        ("to ask" + (", at most" if planned.sampled else ""), f"{plan.n_to_ask:,}"),
        ("calls", f"{plan.calls:,}"),
        ("prompt tokens, about", f"{plan.usage.prompt:,}"),
        ("  of these the fixed prefix", f"{plan.usage.cached:,}"),
        ("completion tokens, about", f"{plan.usage.completion:,}"),
        ("price, about", _usd(plan.usd(model.price))),
        ("  with the prefix cached", _usd(plan.usd(model.price, cached=True))),
        ("  as batches", _usd(plan.usd(model.batch_price)) + _half(planned)),
        ("at most, without retries", _usd(usd(plan.most_nano))),
    ]
    seconds, basis = plan.seconds(settings.in_flight, settings.calls_per_minute)
    lines += [
        ("time, about", f"{_span(seconds)} {basis}"),
        ("spent this month", _usd(usd(planned.month_nano))),
        ("cap of a run", _cap(settings.cap_usd)),
        ("cap of a month", _cap(settings.month_cap_usd)),
    ]
    for name, value in lines:
        console.note(f"{name:<28} {value}")


def show_status(warehouse: Warehouse, *, listed: bool) -> None:
    """Calls and money by run, batches, and what lacks an answer."""
    rubric, settings = warehouse.installation.rubric(), warehouse.installation.settings()
    epoch = epoch_of(rubric, settings.judge)
    table = console.plain_table(*_USAGE_COLUMNS)
    for row in warehouse.read("judge_usage").iter_rows(named=True):
        table.add_row(
            f"{row['last_sent_at']:%Y-%m-%d %H:%M}", row["epoch"], row["judge"], row["mode"],
            f"{row['n_conversations']:,}", f"{row['n_calls']:,}", f"{row['n_paid']:,}",
            f"{row['n_in_doubt']:,}", f"{row['cost_usd']:.4f}", f"{row['usd_per_1000']:.2f}",
            "—" if row["cache_share"] is None else f"{100 * row['cache_share']:.0f} %",
            "—" if row["latency_p50_ms"] is None else f"{row['latency_p50_ms']:,.0f}",
        )  # fmt: skip
    console.show_table(table)
    for row in warehouse.read("open_batches").iter_rows(named=True):
        console.note(
            f"batch of {row['n_calls']:,} calls, {row['first_day']} to {row['last_day']}: "
            f"{row['status'] or row['state']} since {row['submitted_at']:%Y-%m-%d %H:%M} UTC"
        )
    left = warehouse.read("judge_left", fragments={"epoch": quoted(epoch)})
    for reason, n, first, last in left.iter_rows():
        console.note(f"without an answer of epoch {epoch}: {n:,} {reason} ({first} to {last})")
    if left.is_empty():
        console.note(f"No conversation waits for an answer of epoch {epoch}.")
    if listed:
        skipped = warehouse.read("judge_skipped")
        rows = skipped.filter(skipped["epoch"] == epoch).sort("day", "conversation_id")
        for row in rows.iter_rows(named=True):
            console.note(f"{row['day']} {row['reason']:<12} {row['conversation_id']}")


def watching(shown: Callable[..., None]) -> Callable[[Progress], None]:
    """A watcher that shows rate, spending and remaining time of the judge.

    Rate and remaining time are those of the day that is judged, spending that of the whole command.
    """
    stages: list[tuple[Progress, float]] = []  # each day's, and when it began

    def watch(progress: Progress) -> None:
        now = time.monotonic()
        if not stages or stages[-1][0] is not progress:
            stages.append((progress, now))
        rate = progress.calls.total() / max(now - stages[-1][1], 1.0)
        left = (progress.total - progress.done) / rate if rate and progress.done else None
        spent = sum(stage.spent_nano + stage.in_doubt_nano for stage, _ in stages)
        remaining = "" if left is None else f", {_span(left)} left"
        stage = f"judging: {rate:,.0f} calls/s, {_usd(usd(spent))}{remaining}"
        shown(stage, progress.done, progress.total, every_s=_LINES_EVERY_S)

    return watch


def _half(planned: Planned) -> str:
    return "" if planned.model.batch_price_is_listed else " (half the price; not in the list)"


def _cap(cap: float | None) -> str:
    return "none" if cap is None or cap == float("inf") else _usd(cap)


def _usd(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
