"""What the judge stage reads from and writes to the tables, between calls and never during one.

Not here: the journal (journal.py), which conversations are chosen (stage.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.judge.journal import fold_journals
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.fragments import quoted, sampling_fragments
from last_mile.core.judge.epoch import epoch_description
from last_mile.core.judge.item import Item, Panel
from last_mile.core.rubric import Rubric

_SKIPPED = pl.Schema({
    "conversation_id": pl.String, "epoch": pl.String, "day": pl.Date, "content_hash": pl.String,
    "reason": pl.String,
})  # fmt: skip


_SAMPLES = pl.Schema({
    "conversation_id": pl.String, "day": pl.Date, "epoch": pl.String, "stratum": pl.String,
    "weight": pl.Float64,
})  # fmt: skip


_SHOWN = (
    "judge", "mode", "n_conversations", "n_calls", "n_paid", "n_in_doubt", "prompt_tokens",
    "cached_tokens", "completion_tokens", "cost_usd", "usd_per_1000", "cache_share",
    "unusable_share", "latency_p50_ms", "latency_p90_ms", "latency_p99_ms",
)  # fmt: skip


@dataclass(frozen=True)
class Ledger:
    """The ledger of one epoch of a rubric."""

    warehouse: Warehouse
    rubric: Rubric
    epoch: str

    @property
    def folder(self) -> Path:
        """Of the journal and the purse."""
        return self.warehouse.installation.home / "judge"

    def fold(self) -> int:
        """Fold what the journal holds; calls of dead writers that were in flight."""
        return fold_journals(self.folder / "journal", self.warehouse.fold_journal)

    def unjudged(self, days: Days) -> pl.DataFrame:
        """Conversations of these days that lack an answer: see reads/unjudged.sql."""
        ids = [quoted(metric.id) for metric in self.rubric.judged]
        fragments = {
            "epoch": quoted(self.epoch), "metric_ids": ", ".join(ids),
            "metric_count": str(len(ids)),
        }  # fmt: skip
        return self.warehouse.read("unjudged", days, fragments)

    def items(self, days: Days, wanted: Mapping[str, Sequence[Panel]]) -> list[Item]:
        """The panels of some conversations, by content hash, with their texts."""
        limit = self.rubric.judge.max_characters
        fragments = {"hashes": ", ".join(map(quoted, wanted))}
        found = self.warehouse.read("texts_to_judge", days, fragments).iter_rows(named=True)
        rows = sorted(found, key=itemgetter("conversation_id"))  # SQL would sort the texts too
        return [Item(row, panel, limit) for row in rows for panel in wanted[row["content_hash"]]]

    def spent(self, run: str, now: datetime) -> tuple[int, int]:
        """Nano-dollars of a run and of this month."""
        fragments = {"run": quoted(run), "month": quoted(f"{now:%Y-%m}")}
        row = self.warehouse.read("judge_spent", fragments=fragments).row(0)
        return int(row[0]), int(row[1])

    def flags(self, days: Days) -> pl.DataFrame:
        """`content_hash`, `metric`, `flag` of all verdicts of this epoch on these days."""
        fragments = {"epoch": quoted(self.epoch)}
        return self.warehouse.read("epoch_flags", days, fragments)

    def sampling_frame(self, days: Days) -> pl.DataFrame:
        """All conversations of these days with their stratum."""
        return self.warehouse.read("sampling_frame", days, sampling_fragments(self.rubric))

    def note_sample(self, days: Days, drawn: pl.DataFrame | None) -> None:
        """Replace the sample of these days: `weight` beside the keys; None: all are judged."""
        rows = pl.DataFrame(schema=_SAMPLES) if drawn is None else drawn
        rows = rows.with_columns(pl.lit(self.epoch).alias("epoch")).select(*_SAMPLES)
        self.warehouse.replace("judge_samples", rows.cast(_SAMPLES), days)

    def has_answers(self) -> bool:
        """Whether the judge has answered under this epoch."""
        fragments = {"epoch": quoted(self.epoch)}
        return bool(self.warehouse.read("judge_measured", fragments=fragments)["n_calls"].item())

    def has_open_batches(self, judge: str) -> bool:
        """Whether a batch of this judge is not collected."""
        return judge in self.warehouse.read("open_batches")["judge"]

    def usage(self, run: str) -> list[dict[str, Any]]:
        """What a run has done under this epoch so far, by model and mode: see judge_usage.sql."""
        rows = self.warehouse.read("judge_usage").filter(run=run, epoch=self.epoch)
        return [{name: row[name] for name in _SHOWN} for row in rows.iter_rows(named=True)]

    def note_epoch(self, judge: str) -> None:
        """Note what this epoch is, once it has answers, so that it can be named for ever."""
        span = self.warehouse.read("epoch_span", fragments={"epoch": quoted(self.epoch)})
        if span["n_conversations"].item():
            told = epoch_description(self.rubric, judge) | {"epoch": self.epoch}
            row = span.with_columns(**{name: pl.lit(value) for name, value in told.items()})
            self.warehouse.keep("judge_epochs", row, overwrite=True)

    def note_skipped(self, days: Days, skipped: pl.DataFrame) -> None:
        """Replace the list of what these days still lack: `reason` beside the keys."""
        rows = skipped.with_columns(pl.lit(self.epoch).alias("epoch")).select(*_SKIPPED)
        self.warehouse.replace("judge_skipped", rows.cast(_SKIPPED), days)


def open_panels(panels: Sequence[Panel], answered: Collection[str]) -> list[Panel]:
    """Panels with a question that has no answer."""
    return [panel for panel in panels if not set(panel.metrics) <= set(answered)]
