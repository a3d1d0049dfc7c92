"""Verdicts made elsewhere: from the label drops into the ledger, under an epoch of their own.

Not here: reading the drops (adapters/drop_reading/), which label answers what
(sql/reads/recorded_verdicts.sql).
"""

from __future__ import annotations

import polars as pl

from last_mile.adapters.judge.judged import Judged
from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.warehouse import Days
from last_mile.core.fragments import recorded_fragments


def import_recorded(ledger: Ledger, days: Days, judged: Judged) -> Judged:
    """Take in the recorded verdicts of some days; they are free, so they follow the drops.

    `recorded:NAME` takes those of one annotator.
    """
    annotator = judged.judge.partition(":")[2] or None
    fragments = recorded_fragments(ledger.rubric, annotator)
    found = ledger.warehouse.read("recorded_verdicts", days, fragments)
    frame = found.with_columns(pl.lit(judged.epoch).alias("epoch"), pl.lit(0.0).alias("cost_usd"))
    keys = {"epoch": [judged.epoch]}
    judged.imported = ledger.warehouse.replace("judge_verdicts", frame, days, keys)
    judged.progress.verdicts.update(found["reason"].to_list())
    return judged
