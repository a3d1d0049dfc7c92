"""TRL's own trainers on the files of a release: what they learn from, and that they learn.

The tokenizer and the model are made on the spot, so nothing is loaded from a hub.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from last_mile_tests.consumers import tiny
from last_mile_tests.consumers.extra import datasets
from last_mile_tests.consumers.literal import accepted, kto_rows
from last_mile_tests.consumers.rows import END, KINDS, Row, lessons, rows_of

SHOWN = 64  # rows of a file that a short training reads, in their order: 16 batches
Train = Callable[..., Any]


@pytest.fixture(scope="session")
def words(release: Path) -> Any:
    """A tokenizer of the release's own text."""
    files = sorted(release.glob("*/train.jsonl"))
    return tiny.tokenizer(file.read_text(encoding="utf-8") for file in files)


@pytest.fixture
def train(words: Any, tmp_path: Path) -> Train:
    """TRL's trainer of a kind over these rows, not yet started."""

    def build(kind: str, rows: list[Row], **options: Any) -> Any:
        return tiny.trainer(kind, datasets.Dataset.from_list(rows), words, tmp_path, **options)

    return build


def _rows(release: Path, kind: str) -> list[Row]:
    return rows_of(release / kind / "train.jsonl")


def _losses(steps: list[dict[str, float]]) -> list[float]:
    return [step["loss"] for step in steps]


def _weights(release: Path) -> dict[str, float]:
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    return {
        name: manifest["kto_weights"][name] for name in ("desirable_weight", "undesirable_weight")
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_on_the_answers_and_their_end_alone(
    kind: str, release: Path, words: Any, train: Train
) -> None:
    rows = _rows(release, kind)
    found, wanted = tiny.learned(train(kind, rows), words), lessons(rows)
    # never on system or user text, never on an earlier draft: those stand before the answer
    assert ((found - wanted).total(), (wanted - found).total()) == (0, 0)  # without the texts


def test_an_earlier_draft_is_read_and_not_learned(words: Any, train: Train) -> None:
    row = accepted()
    ((before, learned),) = tiny.learned(train("sft", [row]), words)
    assert row["prompt"][2]["content"] in before
    assert learned == row["completion"][0]["content"] + END


def test_the_same_conversation_as_messages_would_teach_the_draft(words: Any, train: Train) -> None:
    # why a release has prompt and completion, and that the tests above can fail
    messages = accepted()["prompt"] + accepted()["completion"]
    ((_, learned),) = tiny.learned(train("sft", [{"messages": messages}]), words)
    assert messages[2]["content"] in learned


def test_sft_learns(release: Path, train: Train) -> None:
    losses = _losses(tiny.steps(train("sft", _rows(release, "sft")[:SHOWN], max_steps=16)))
    assert fmean(losses[-4:]) < 0.9 * losses[0]


def test_dpo_starts_at_ln_2_and_learns(release: Path, train: Train) -> None:
    losses = _losses(tiny.steps(train("dpo", _rows(release, "dpo")[:SHOWN], max_steps=12)))
    # the model is its own reference at the first step: -log sigmoid(0) = ln 2
    assert losses[0] == pytest.approx(math.log(2), abs=1e-3)
    assert fmean(losses[-4:]) < 0.8 * losses[0]


def test_kto_starts_at_a_half_and_learns_in_the_order_of_the_file(
    release: Path, train: Train
) -> None:
    steps = tiny.steps(train("kto", _rows(release, "kto")[:SHOWN], max_steps=32))
    losses = _losses(steps)
    # 1 - sigmoid(0) for good and bad alike; the second pass over the 16 batches is below that
    assert losses[0] == pytest.approx(0.5, abs=1e-3)
    assert fmean(losses[16:]) < 0.4
    assert any("rewards/margins" in step for step in steps), "a batch holds good and bad"


def test_kto_learns_nothing_while_all_that_a_sorted_file_shows_is_desirable(train: Train) -> None:
    # why the file is shuffled before it is written: TRL reads it in its order
    good = [row for row in kto_rows() if row["label"]]
    losses = _losses(tiny.steps(train("kto", good, max_steps=12)))
    assert min(losses) > 0.45


def test_the_weights_of_the_manifest_suit_trl(
    release: Path, train: Train, caplog: pytest.LogCaptureFixture
) -> None:
    rows = _rows(release, "kto")
    with caplog.at_level(logging.WARNING):
        train("kto", rows, **_weights(release))
    assert "weights" not in caplog.text


def test_trl_does_warn_of_weights_that_leave_ten_good_and_thirty_bad_as_they_are(
    train: Train, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        train("kto", kto_rows())
    assert "desirable_weight in [3.0, 3.99]" in caplog.text  # 30 / 10, and 1.33 times that
