"""What a materialization reports to Dagster: counts, never conversation text."""

from __future__ import annotations

from typing import Any

import dagster as dg


def counted(rows: int, **metadata: Any) -> dg.MaterializeResult:
    """A result with its row count and further counts; empty ones are left out."""
    shown = {key: value for key, value in metadata.items() if value not in (None, {}, [])}
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, **shown})
