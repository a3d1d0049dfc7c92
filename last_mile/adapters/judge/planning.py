"""Counts for the plan of a judge, out of the tables; nothing is sent and nothing is spent.

Not here: the estimate (core/judge/plan.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from last_mile.adapters.installation import Settings
from last_mile.adapters.judge.client import RECORDED
from last_mile.adapters.judge.ledger import Ledger, open_panels
from last_mile.adapters.judge.prices import Model, model_named
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.fragments import quoted
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.item import panels_of
from last_mile.core.judge.plan import Measured, Plan
from last_mile.core.judge.sampling import sample_size
from last_mile.errors import UserError


@dataclass(frozen=True)
class Planned:
    """A plan with what it was made for."""

    plan: Plan
    settings: Settings
    model: Model
    epoch: str
    month_nano: int  # spent this month already
    sampled: bool


def plan_judge(warehouse: Warehouse, days: Days) -> Planned:
    """What the judge of the settings would be asked for these days.

    Raises:
        UserError: Verdicts are imported, or the model's price is not known.
    """
    rubric, settings = warehouse.installation.rubric(), warehouse.installation.settings()
    if settings.judge.partition(":")[0] == RECORDED:
        raise UserError("recorded verdicts are imported, nothing is asked and nothing is spent")
    model = model_named(settings.judge, settings)
    ledger = Ledger(warehouse, rubric, epoch_of(rubric, settings.judge))
    ledger.fold()
    plan = Plan(measured=measured_by(warehouse, ledger.epoch))
    total = _count(ledger, days, plan, model)
    share = _share(ledger, days, settings, plan.n_to_ask)
    now = datetime.now(UTC)
    return Planned(
        plan if share is None else plan.scaled(share),
        settings,
        model,
        ledger.epoch,
        ledger.spent("", now)[1],
        sampled=share is not None and total > 0,
    )


def _count(ledger: Ledger, days: Days, plan: Plan, model: Model) -> int:
    asking = ledger.rubric.judge
    fragments = {"max_characters": str(asking.max_characters)}
    sizes: Mapping[str, int] = dict(
        ledger.warehouse.read("judged_sizes", days, fragments).iter_rows()
    )
    missing, panels = ledger.unjudged(days), panels_of(ledger.rubric)
    plan.n_conversations = len(sizes)
    plan.n_judged = len(sizes) - missing.height
    plan.n_in_batch = int(missing["in_batch"].sum())
    todo = missing.filter(~missing["in_batch"])
    for content_hash, answered in todo.select("content_hash", "answered").iter_rows():
        plan.add(
            sizes[content_hash], open_panels(panels, answered), model.price,
            asking.max_output_tokens, model.extra_output_tokens,
        )  # fmt: skip
    return len(sizes)


def _share(ledger: Ledger, days: Days, settings: Settings, to_ask: int) -> float | None:
    """The share of what is missing that the largest sample takes; None: everything is judged."""
    if settings.precision is None or not to_ask:
        return None
    by_day = ledger.sampling_frame(days).group_by("day").len().sort("day")
    most = sum(sample_size(settings.precision, size) for _, size in by_day.iter_rows())
    return min(most / to_ask, 1.0)


def measured_by(warehouse: Warehouse, epoch: str) -> Measured:
    """What calls of an epoch took so far."""
    row = warehouse.read("judge_measured", fragments={"epoch": quoted(epoch)}).row(0, named=True)
    latency = row["latency_ms"]
    return Measured(row["completion_tokens"], None if latency is None else latency / 1000)


def all_days(warehouse: Warehouse) -> Days | None:
    """From the first to the last day with conversations; None: there are none."""
    row = warehouse.read("day_range").row(0, named=True)
    return Days(row["first"], row["last"] + timedelta(days=1)) if row["days"] else None
