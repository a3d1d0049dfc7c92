"""Writes the report's numbers as Parquet, one file per table: the same rows as in report.json.

Equal rows give equal bytes. Not here: which rows (core/report), the page (report_page/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.core.calibration import CALIBRATION_SCHEMA
from last_mile.core.composite import COMPOSITE_SCHEMA
from last_mile.core.lift import LIFT_SCHEMA
from last_mile.core.release_effect import EFFECT_SCHEMA, RELEASE_SCHEMA
from last_mile.core.segments import SEGMENT_SCHEMA

Rows = Sequence[Mapping[str, Any]]
Schema = Mapping[str, pl.DataType | type[pl.DataType]]

_RATE: Schema = dict.fromkeys(("share", "rate", "rate_low", "rate_high"), pl.Float64)
_COUNTS: Schema = dict.fromkeys(("n", "n_known", "events"), pl.Int64)
SCHEMAS: Mapping[str, Schema] = {
    "lift": {
        **LIFT_SCHEMA,
        **dict.fromkeys(("question", "kind", "about", "prior_author", "prior_date"), pl.String),
    },
    "segments": SEGMENT_SCHEMA,
    "judge_quality": CALIBRATION_SCHEMA,
    "composite": COMPOSITE_SCHEMA,
    "tiers": {
        **dict.fromkeys(("tier", "reason", "rule", "train"), pl.String), **_COUNTS, **_RATE,
        **dict.fromkeys(("later_rr", "later_low", "later_high", "level"), pl.Float64),
        **dict.fromkeys(("later_from", "later_to"), pl.Date), "reference": pl.String,
        "state": pl.String, "unlocked": pl.Boolean, "why": pl.String,
    },
    "releases": RELEASE_SCHEMA,
    "effects": EFFECT_SCHEMA,
    "funnel": {"step": pl.String, "n": pl.Int64},
}  # fmt: skip


def write_numbers(folder: Path, tables: Mapping[str, Rows]) -> None:
    """Write one Parquet file per table, each atomically; files of other tables are removed.

    Args:
        folder: Made when it is missing.
        tables: Rows by name of `SCHEMAS`; columns that are not in the schema are left out.

    Raises:
        OSError: The disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in SCHEMAS.items():
        draft = folder / f".{name}.draft"
        encoded = BytesIO()  # of a full disk Polars says "invalid thrift", Python what it is
        pl.DataFrame(tables[name], schema=schema).write_parquet(encoded, compression="zstd")
        draft.write_bytes(encoded.getbuffer())
        draft.replace(folder / f"{name}.parquet")
    for path in folder.glob("*.parquet"):
        if path.stem not in SCHEMAS:
            path.unlink()
