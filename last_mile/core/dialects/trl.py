"""TRL: the canonical rows themselves (conversational prompt/completion, preference, labelled)."""

from __future__ import annotations

from last_mile.core.dialects.dialect import FIELDS, Dialect, Record, Shape, Shapes
from last_mile.core.training.validate import KINDS, Kind


def _as_is(kind: Kind) -> Shape:
    def same(record: Record) -> dict[str, object]:
        return {name: record[name] for name in FIELDS[kind]}

    return Shape(same, same)


SHAPES: Shapes = {kind: _as_is(kind) for kind in KINDS}
DIALECT = Dialect(
    "trl", "TRL's SFTTrainer, DPOTrainer and KTOTrainer: the rows as they are", SHAPES
)
