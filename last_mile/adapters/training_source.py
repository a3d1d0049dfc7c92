"""Reads the pool's conversations in slices of days and stages their training texts.

Not here: what a text is (core/training/texts.py), files of a release (adapters/releases).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.adapters.worker_pool import cores, worker_pool
from last_mile.core.fragments import texts
from last_mile.core.rubric import Training
from last_mile.core.scrubbing import PatternScrubber, Scrubber
from last_mile.core.training.texts import training_texts

STAGED = "training_texts"  # folder of a home, while texts are made
_SLICE = 5_000  # conversations held as Python values at once, about


def build_texts(warehouse: Warehouse) -> int:
    """Rebuild `training_texts` from the conversations of the pool, in one transaction.

    Returns:
        Rows written.

    Raises:
        UserError: A worker was killed, or the scrubber needs a package that is not installed.
    """
    installation = warehouse.installation
    training, scrubber = installation.rubric().training, installation.settings().scrubber
    scrubber_of(scrubber)  # a missing package stops here
    slices = list(_slices(warehouse)) or [Days(date.min, date.min)]
    folder = installation.home / STAGED
    shutil.rmtree(folder, ignore_errors=True)  # what a killed run left: conversations as they are
    folder.mkdir()
    try:
        files = [folder / f"{number}.parquet" for number in range(len(slices))]
        if len(slices) == 1:  # a worker costs a second
            _read_slice(warehouse, slices[0], files[0])
            _write_texts(files[0], training, scrubber)
        else:
            with worker_pool(min(cores(), len(slices)), "scrubbed training texts") as pool:
                made = []
                for days, file in zip(slices, files, strict=True):
                    _read_slice(warehouse, days, file)
                    made.append(pool.submit(_write_texts, file, training, scrubber))
                for written in made:
                    written.result()
        return warehouse.build("training_texts", fragments={"staged": texts(map(str, files))})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_slice(warehouse: Warehouse, days: Days, file: Path) -> None:
    warehouse.read("pool_conversations", days).write_parquet(file, compression="lz4")


def _write_texts(file: Path, training: Training, scrubber: str) -> None:
    """Replace a file of conversations by one of their training texts."""
    pool = pl.read_parquet(file)
    frame = training_texts(pool.iter_rows(named=True), training, scrubber_of(scrubber))
    frame.write_parquet(file, compression="lz4")


def scrubber_of(name: str) -> Scrubber:
    """The scrubber of a setting.

    Raises:
        UserError: It needs a package that is not installed.
    """
    if name == "presidio":
        from last_mile.adapters.presidio import PresidioScrubber  # noqa: PLC0415 - an extra

        return PresidioScrubber()
    return PatternScrubber()


def _slices(warehouse: Warehouse) -> Iterator[Days]:
    """Ranges of days with about a slice of conversations each."""
    first, held = None, 0
    for day, n in warehouse.read("pool_days").iter_rows():
        first, held = first or day, held + n
        if held >= _SLICE:
            yield Days(first, day + timedelta(days=1))
            first, held = None, 0
        last = day
    if first is not None:
        yield Days(first, last + timedelta(days=1))
