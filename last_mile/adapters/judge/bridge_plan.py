"""What a bridge between two epochs would take and say; nothing is asked and nothing is spent.

Not here: which conversations it is of (bridge.py), the estimates (core/judge).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from last_mile.adapters.judge.bridge import Bridge, bridge_of
from last_mile.adapters.judge.bridge_source import read_answers
from last_mile.adapters.judge.ledger import open_panels
from last_mile.adapters.judge.planning import Planned, measured_by
from last_mile.adapters.judge.prices import model_named
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.judge.bridge import Expected, crossed, expected_widths, flagged
from last_mile.core.judge.epoch import judged_version
from last_mile.core.judge.item import panels_of
from last_mile.core.judge.money import Price
from last_mile.core.judge.plan import Plan


@dataclass(frozen=True)
class BridgePlan:
    """What a bridge would take and say."""

    bridge: Bridge
    planned: Planned
    expected: list[Expected]


def plan_bridge(warehouse: Warehouse, from_epoch: str | None, sample: int, now: datetime) -> (
    BridgePlan
):  # fmt: skip
    """What a bridge would take, and how wide its intervals would be; asks nothing.

    Raises:
        UserError: As `bridge_of`; or the model's price is not known.
    """
    bridge = bridge_of(warehouse, from_epoch, sample)
    ledger, settings = bridge.ledger, warehouse.installation.settings()
    model = model_named(settings.judge, settings)
    read = read_answers(warehouse, ledger.rubric, ledger.epoch)
    of = bridge.from_epoch["epoch"]
    version = judged_version(ledger.rubric, of)
    pairs = {key[0]: found for key, found in crossed(
        [cell for cell in read.cells if cell["from_epoch"] == of], "metric").items()}  # fmt: skip
    flags = [row for row in read.flags if row["kind"] == "judge" and row["version"] == version]
    old = {key[0]: found for key, found in flagged(flags, "metric").items()}
    metrics = [metric.id for metric in ledger.rubric.judged]
    planned = Planned(
        _plan(bridge, model.price, model.extra_output_tokens), settings, model, ledger.epoch,
        ledger.spent("", now)[1], sampled=False,
    )  # fmt: skip
    return BridgePlan(bridge, planned, expected_widths(metrics, pairs, old, bridge.drawn.height))


def _plan(bridge: Bridge, price: Price, extra_output_tokens: int) -> Plan:
    ledger, hashes = bridge.ledger, bridge.drawn["content_hash"]
    asking, panels = ledger.rubric.judge, panels_of(ledger.rubric)
    sizes = dict(ledger.warehouse.read(
        "judged_sizes", bridge.days, {"max_characters": str(asking.max_characters)}
    ).iter_rows())  # fmt: skip
    missing = ledger.unjudged(bridge.days).filter(pl.col("content_hash").is_in(hashes.implode()))
    todo = missing.filter(~pl.col("in_batch"))
    plan = Plan(
        bridge.drawn.height,
        bridge.drawn.height - missing.height,
        measured=measured_by(ledger.warehouse, ledger.epoch),
    )
    plan.n_in_batch = missing.height - todo.height
    for content_hash, answered in todo.select("content_hash", "answered").iter_rows():
        plan.add(
            sizes[content_hash], open_panels(panels, answered), price,
            asking.max_output_tokens, extra_output_tokens,
        )  # fmt: skip
    return plan
