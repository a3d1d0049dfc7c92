"""Rows of heuristic_flags for tests of writing: who, on which day, said by whom."""

from __future__ import annotations

from datetime import date

import polars as pl

FIRST, SECOND = date(2026, 1, 5), date(2026, 1, 6)


def flags(*names: str, day: date = FIRST, evidence: str | None = None) -> pl.DataFrame:
    """One row a conversation."""
    row = {"metric": "own_draft", "flag": "true", "reason": "rule", "evidence": evidence}
    rows = [{"conversation_id": n, **row, "definition_hash": "h", "day": day} for n in names]
    return pl.DataFrame(rows, schema_overrides={"evidence": pl.String})
