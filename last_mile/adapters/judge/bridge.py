"""The bridge between two epochs: which conversations, and asking them.

The older epoch's answers are in the ledger; only the current one is asked. Not here: the figures
(core/judge/bridge), what is read for them (bridge_source.py), what it would take (bridge_plan.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import polars as pl

from last_mile.adapters.judge.bridge_source import Rows, build_bridge
from last_mile.adapters.judge.client import RECORDED
from last_mile.adapters.judge.judged import Judged
from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.judge.locks import holding
from last_mile.adapters.judge.stage import Stage, Watch, days_held
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.fragments import quoted
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.judge.sampling import sampling_order
from last_mile.errors import UserError

_SEED = "bridges"  # one order per installation: a larger sample holds the smaller one
_SHOWN = 8  # known epochs named in a sentence


@dataclass(frozen=True)
class Bridge:
    """Two epochs, and the conversations that are to be judged under both.

    Attributes:
        ledger: Of the current epoch.
        from_epoch: The older one, as a row of reads/epochs.sql.
        days: From the first to the last day with conversations.
        drawn: Rows of reads/bridge_frame.sql that are in the sample, in the order they are asked.
        n_frame: Conversations that the older epoch judged as they still stand.
    """

    ledger: Ledger
    from_epoch: dict[str, Any]
    days: Days
    drawn: pl.DataFrame
    n_frame: int


@dataclass(frozen=True)
class Bridged:
    """A bridge that was asked for.

    Attributes:
        rows: Rows of `judge_bridge` about the older epoch.
        n_left: Drawn conversations that still lack an answer.
        capped: The cap that ended the asking; None: none did.
    """

    bridge: Bridge
    rows: Rows
    n_left: int
    capped: str | None
    judged: Judged


def bridge_of(warehouse: Warehouse, from_epoch: str | None, sample: int) -> Bridge:
    """Draw the conversations of a bridge; nothing is asked and nothing is written.

    Those that were drawn before stay; others follow in an order that is random inside each week.

    Args:
        warehouse: The tables, and the settings beside them.
        from_epoch: The older epoch; None: the newest one besides the current.
        sample: Conversations that both epochs are to answer.

    Raises:
        UserError: There is no such epoch, it has no answers about conversations as they stand, or
            the current judge cannot be asked.
    """
    rubric, settings = warehouse.installation.rubric(), warehouse.installation.settings()
    if settings.judge.partition(":")[0] == RECORDED:
        raise UserError(
            f"judge {settings.judge}: recorded verdicts cannot be asked for a bridge; give "
            "--judge MODEL, or record verdicts about conversations of both epochs"
        )
    if not rubric.judged:
        raise UserError(f"rubric {rubric.name} has no judged metric; there is nothing to bridge")
    ledger = Ledger(warehouse, rubric, epoch_of(rubric, settings.judge))
    ledger.fold()
    older = _older(warehouse, ledger.epoch, from_epoch)
    epochs = {"from_epoch": quoted(older["epoch"]), "to_epoch": quoted(ledger.epoch)}
    frame = warehouse.read("bridge_frame", fragments=epochs)
    if frame.is_empty():
        raise UserError(
            f"epoch {older['epoch']} has no answers about conversations as they now stand; a "
            "bridge needs some: choose another one with --from"
        )
    first, last, _ = warehouse.read("day_range").row(0)
    days = Days(first, last + timedelta(days=1))
    return Bridge(ledger, older, days, _drawn(frame, sample), frame.height)


def run_bridge(
    warehouse: Warehouse,
    from_epoch: str | None,
    sample: int,
    run: str,
    watch: Watch = lambda _: None,
) -> Bridged:
    """Ask the current epoch about the sample, within the caps, and build `judge_bridge`.

    Always online. What has an answer is not asked again, so that a run that a cap ended, or that
    was killed, is gone on with by the next one.

    Args:
        warehouse: The tables, and the settings beside them.
        from_epoch: The older epoch; None: the newest one besides the current.
        sample: Conversations that both epochs are to answer.
        run: What the spending cap per run is about.
        watch: Told the progress four times a second.

    Raises:
        UserError: As `bridge_of`; or the judge stopped. Answers are kept.
    """
    with holding(warehouse.installation.home / "judge", "bridge"):  # one asks, one waits
        bridge = bridge_of(warehouse, from_epoch, sample)
        ledger, settings = bridge.ledger, warehouse.installation.settings()
        _note(bridge)
        online = replace(settings, batch=False, precision=None)
        judged = Judged(settings.judge, ledger.epoch, run)
        hashes = bridge.drawn["content_hash"].to_list()
        try:
            with days_held(ledger.folder, sorted(set(bridge.drawn["day"]))) as held:
                Stage(ledger, online, bridge.days, judged, watch, held=held).ask_for(hashes)
        finally:
            ledger.note_epoch(settings.judge)
            rows = build_bridge(warehouse)
        judged.raise_if_stopped()
    of = bridge.from_epoch["epoch"]
    left = ledger.unjudged(bridge.days).filter(pl.col("content_hash").is_in(hashes)).height
    found = [row for row in rows if row["from_epoch"] == of]
    return Bridged(bridge, found, left, judged.progress.capped, judged)


def _older(warehouse: Warehouse, current: str, wanted: str | None) -> dict[str, Any]:
    known = warehouse.read("epochs").to_dicts()
    others = [row for row in known if row["epoch"] != current]
    if wanted == current:
        raise UserError(f"epoch {current} is the current one; --from takes an older one")
    if not others:
        raise UserError(
            f"there is no other epoch than {current}: one judge and one wording answered "
            "everything, so nothing needs a bridge"
        )
    if wanted is None:
        answered = [row for row in others if row["n_conversations"]]
        return (answered or others)[0]
    found = next((row for row in others if row["epoch"] == wanted), None)
    if found is None:
        raise UserError(f"no epoch {wanted!r} is known here; these are: {_named(others)}")
    return found


def _named(epochs: Sequence[dict[str, Any]]) -> str:
    said = [
        f"{row['epoch']} ({row['judge'] or 'judge not noted'}, to "
        f"{row['last_day'] or row['last_flagged']})"
        for row in epochs[:_SHOWN]
    ]
    more = len(epochs) - _SHOWN
    return ", ".join(said) + (f" and {more} more" if more > 0 else "")


def _drawn(frame: pl.DataFrame, sample: int) -> pl.DataFrame:
    order = sampling_order(frame.select("content_hash", "stratum").iter_rows(), _SEED)
    place = pl.DataFrame({"content_hash": order, "place": range(len(order))})
    placed = frame.join(place, on="content_hash").sort(~pl.col("is_drawn"), "place")
    return placed.head(sample)


def _note(bridge: Bridge) -> None:
    """Keep which conversations were drawn: the bridge is of these, and of no others."""
    rows = bridge.drawn.select(
        "content_hash", "conversation_id", "day",
        from_epoch=pl.lit(bridge.from_epoch["epoch"]), to_epoch=pl.lit(bridge.ledger.epoch),
    )  # fmt: skip
    bridge.ledger.warehouse.keep("judge_bridge_samples", rows)
