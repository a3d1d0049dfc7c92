"""The assets about epochs over a warehouse: two epochs, and a release under each."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from last_mile.adapters.installation import Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import wide_columns
from last_mile.core.judge.epoch import epoch_of
from last_mile.defs import epochs, releases
from last_mile_tests.scenario import DAY

SIZE = 800  # conversations of a release
METRIC = "sounds_robotic"
LATER = DAY + timedelta(days=7)


def _warehouse(home: Path) -> tuple[Warehouse, str]:
    """m1 under an older judge, which calls 40 % robotic; m2 under the current one, which 20 %."""
    warehouse = Warehouse(home=str(home))
    warehouse.installation.save(Settings(drops="drops"))
    rubric = warehouse.installation.rubric()
    current = epoch_of(rubric, "rules")
    warehouse.add_columns("labeled_conversations", wide_columns(rubric))
    place = np.arange(2 * SIZE)
    new = place >= SIZE
    robotic = np.where(new, place % 5 == 0, place % 5 < 2)
    rows = pl.DataFrame({
        "conversation_id": [f"c{i}" for i in place], "model": np.where(new, "m2", "m1"),
        "day": [LATER if one else DAY for one in new], METRIC: robotic, "hired": place % 7 == 0,
    }).with_columns(judge_weight=pl.lit(1.0))  # fmt: skip
    warehouse.replace("labeled_conversations", rows)
    warehouse.replace("judge_flags", rows.select(
        "conversation_id", "day", metric=pl.lit(METRIC), reason=pl.lit("judged"),
        flag=pl.col(METRIC).cast(pl.String),
        epoch=pl.when(pl.col("model") == "m2").then(pl.lit(current)).otherwise(pl.lit("old")),
        definition_hash=pl.lit("h"),
    ))  # fmt: skip
    warehouse.keep("conversations", rows.select(
        "conversation_id", "day", "model", attributes=pl.lit("{}"),
        content_hash=pl.col("conversation_id").str.replace("c", "h"),
        started_at=pl.col("day").cast(pl.Datetime("us")), **_nothing_said(rows.height),
    ))  # fmt: skip
    return warehouse, current


def _nothing_said(n: int) -> dict[str, pl.Series]:
    """Columns of `conversations` that no figure here reads, empty."""
    said = ("role", "content", "at", "name", "tool_calls", "tool_call_id")
    parts: dict[str, dict[str, type[pl.DataType]]] = {
        "messages": dict.fromkeys(said, pl.String),
        "context": dict.fromkeys(("doc_id", "text"), pl.String),
        "sources": {"file": pl.String, "line": pl.Int64, "part": pl.Int32},
    }
    return {
        name: pl.Series([[]] * n, dtype=pl.List(pl.Struct(fields)))
        for name, fields in parts.items()
    }


def _bridge(warehouse: Warehouse, current: str, n: int = 200) -> None:
    """The newer judge calls true what is number 0 of five, of the older one's 0 and 1."""
    numbers = range(n)
    verdicts = [
        {"content_hash": f"h{i}", "epoch": epoch, "metric": METRIC, "conversation_id": f"c{i}",
         "day": DAY, "judge": "j", "reason": "judged", "confidence": 0.9,
         "flag": str(i % 5 < limit).lower()}
        for i in numbers
        for epoch, limit in (("old", 2), (current, 1))
    ]  # fmt: skip
    warehouse.keep("judge_verdicts", pl.DataFrame(verdicts))
    warehouse.keep("judge_bridge_samples", pl.DataFrame([
        {"from_epoch": "old", "to_epoch": current, "content_hash": f"h{i}",
         "conversation_id": f"c{i}", "day": DAY}
        for i in numbers
    ]))  # fmt: skip


def _materialized(warehouse: Warehouse) -> tuple[dict[str, Any], dict[str, Any]]:
    """Metadata of flag_trends; the row of m2 and the flag in release_comparison."""
    result = dg.materialize(
        [epochs.judge_bridge, epochs.flag_trends, releases.release_comparison],
        resources={"warehouse": warehouse},
        instance=dg.DagsterInstance.ephemeral(),
    )
    (told,) = result.asset_materializations_for_node("flag_trends")
    by = (pl.col("release") == "m2") & (pl.col("measure") == METRIC)
    row = warehouse.read("release_comparison").row(by_predicate=by, named=True)
    return {name: value.value for name, value in told.metadata.items()}, row


def test_a_judge_that_changed_between_releases_is_refused_then_bridged(tmp_path: Path) -> None:
    warehouse, current = _warehouse(tmp_path)
    told, row = _materialized(warehouse)
    assert "no_bridge" in str(told["weeks_refused"])
    assert (row["rate"], row["rate_reference"]) == (0.2, 0.4)  # the judges differ, not the releases
    assert (row["reason"], row["bridge_reason"]) == ("epochs_differ", "no_bridge")
    assert (row["adjusted_rd"], row["verdict"]) == (None, None)
    _bridge(warehouse, current)
    told, row = _materialized(warehouse)
    assert "weeks_refused" not in told
    # of the older judge's true half stay, of its false none become true: .4 x .5
    assert row["bridged_rate_reference"] == 0.2
    assert row["bridged_low"] < 0.0 == round(row["bridged_rd"], 12) < row["bridged_high"]
    assert row["n_bridge_pairs"] == 200
    trends = warehouse.read("flag_trends").filter(metric=METRIC).sort("week")
    assert trends["is_current"].to_list() == [False, True]
    assert trends["bridged_share"].to_list() == [0.2, None]
    for table in ("judge_bridge", "flag_trends", "release_comparison"):
        found = warehouse.read(f"../checks/{table}__figures_are_possible")
        faults = [column for column in found.columns if column.startswith("n_")]
        assert found.select(pl.col(faults).sum()).row(0) == (0,) * len(faults)
