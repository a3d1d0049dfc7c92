"""`datasets.load_dataset(folder, kind)` by the configs of the folder's own card, offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from last_mile_tests.consumers.extra import datasets
from last_mile_tests.consumers.rows import KINDS, rows_of, splits_of

COLUMNS = {
    "sft": {"prompt", "completion"},
    "dpo": {"prompt", "chosen", "rejected"},
    "kto": {"prompt", "completion", "label"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_config_of_the_card_loads_the_rows_of_its_files_and_nothing_else(
    kind: str, release: Path, tmp_path: Path
) -> None:
    loaded = datasets.load_dataset(str(release), kind, cache_dir=str(tmp_path))
    files = splits_of(release, kind)
    assert set(loaded) == set(files)
    equal = {split: list(rows) == rows_of(files[split]) for split, rows in loaded.items()}
    assert all(equal.values()), equal  # which split, without the texts
    assert all(set(rows.features) == COLUMNS[kind] for rows in loaded.values())


def test_the_card_names_one_config_for_each_kind(release: Path) -> None:
    assert set(datasets.get_dataset_config_names(str(release))) == set(KINDS)
