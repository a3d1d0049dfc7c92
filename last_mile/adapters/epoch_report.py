"""Reads what the report says of epochs. Not here: the sentences (core/report/epochs.py)."""

from __future__ import annotations

from typing import Any

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.report import epoch_section


def read_epochs(warehouse: Warehouse, epoch: str) -> dict[str, Any] | None:
    """The section about epochs; None when nothing has a flag.

    Args:
        warehouse: The tables.
        epoch: The current one.
    """
    epochs, bridge, trends = (
        warehouse.read(name).to_dicts() for name in ("epochs", "judge_bridge", "flag_trends")
    )
    return epoch_section(epochs, bridge, trends, epoch)
