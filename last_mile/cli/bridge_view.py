"""How a bridge between epochs is shown: what it would take, and what came out.

Not here: the figures (core/judge/bridge), asking (adapters/judge/bridge.py).
"""

from __future__ import annotations

from last_mile import console
from last_mile.adapters.judge.bridge import Bridge, Bridged
from last_mile.adapters.judge.bridge_plan import BridgePlan
from last_mile.cli.judge_view import show_plan
from last_mile.core.judge.bridge import ASSUMED_CHANGE

_WIDTHS = ("metric", "older share", "pairs so far", "interval, ±", "rests on")
_FOUND = (
    "metric", "pairs", "agree", "kappa [95 %]", "true | true", "true | false", "older share",
    "bridged [95 %]",
)  # fmt: skip


def show_bridge_plan(plan: BridgePlan) -> None:
    """The sample, the cost, and the width of every metric's interval."""
    _show_epochs(plan.bridge)
    show_plan(plan.planned)
    table = console.plain_table(*_WIDTHS)
    for one in plan.expected:
        width = "—" if one.half_width is None else f"{100 * one.half_width:.1f} points"
        assumed = f"{ASSUMED_CHANGE:.0%} of answers changed (assumed)"
        why = one.reason or (assumed if one.is_assumed else "the pairs so far")
        table.add_row(one.metric, _percent(one.share), f"{one.n_pairs:,}", width, why)
    console.note("")
    console.show_table(table)
    console.note("Nothing was asked. To ask: the same with --run.")


def show_bridge(bridged: Bridged) -> None:
    """Every metric's agreement and crosswalk, what is left, and what reads it."""
    _show_epochs(bridged.bridge)
    table = console.plain_table(*_FOUND)
    for row in bridged.rows:
        table.add_row(
            row["metric"], f"{row['n']:,}", _percent(row["agreement"]),
            _spread("{:.2f}", row["kappa"], row["kappa_low"], row["kappa_high"]),
            _percent(row["true_if_true"]), _percent(row["true_if_false"]),
            _percent(row["old_share"]),
            row["reason"]
            or _spread("{:.1%}", row["bridged_share"], row["bridged_low"], row["bridged_high"]),
        )  # fmt: skip
    console.show_table(table)
    console.note(
        f"{bridged.judged.calls:,} calls, ${bridged.judged.cost_usd:.4f}; "
        f"{bridged.bridge.drawn.height - bridged.n_left:,} of {bridged.bridge.drawn.height:,} "
        "drawn conversations have all answers of the current epoch."
    )
    if bridged.n_left:
        cap = f"the cap ended it ({bridged.capped})" if bridged.capped else "they got no reply"
        console.note(f"{bridged.n_left:,} are left: {cap}. Run it again to go on.")
    console.note("`last-mile report` brings it into trends and release comparisons.")


def _show_epochs(bridge: Bridge) -> None:
    older = bridge.from_epoch
    judge = older["judge"] or "a judge that was not noted"
    console.note(
        f"from epoch {older['epoch']} ({judge}, days {older['first_day']} to {older['last_day']}) "
        f"to epoch {bridge.ledger.epoch}: {bridge.drawn.height:,} of {bridge.n_frame:,} "
        "conversations it judged as they stand"
    )


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def _spread(form: str, value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "—"
    limits = "" if low is None or high is None else f" [{form.format(low)}, {form.format(high)}]"
    return form.format(value) + limits
