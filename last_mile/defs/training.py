"""Assets from tiers to training rows and the release folder. Not here: tiers (tiers.py), files.

Over the whole history: splits, duplicates and pairs are about all conversations at once
(docs/decisions/0010).
"""

import functools
from pathlib import Path

import dagster as dg

from last_mile.adapters.evaluation_files import n_too_short, read_evaluation
from last_mile.adapters.release_source import make_release
from last_mile.adapters.training_source import build_texts
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.training.fragments import (
    TABLES,
    line_fragments,
    pair_fragments,
    pool_fragments,
    split_fragments,
)
from last_mile.core.training.pairs import gate_pairs
from last_mile.core.training.validate import Kind
from last_mile.defs.conversations import conversations
from last_mile.defs.evidence import human_labels, labeled_rubric, metric_lift
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.reporting import counted, funnel
from last_mile.defs.tables import history_table
from last_mile.defs.tiers import quality_tiers, tier_lift

# One day of these that is not sound holds all of it back.
training_table = functools.partial(
    history_table, "training", held_by=[conversations, labeled_conversations, quality_tiers]
)


# Where no tier is proven, the whole way is blocked
@training_table([labeled_conversations, tier_lift])
def training_splits(warehouse: Warehouse) -> dg.MaterializeResult:
    """The split of every conversation: no user and no task of the test split is in training."""
    rubric = labeled_rubric(warehouse)
    rows = warehouse.build("training_splits", fragments=split_fragments(rubric))
    splits = _numbers(warehouse, "training_splits", "split")
    return counted(rows, conversations_by_split=splits)


@training_table([quality_tiers, tier_lift, training_splits, human_labels])
def training_pool(warehouse: Warehouse) -> dg.MaterializeResult:
    """Conversations that may become training data, and the filter that took others out."""
    rows = warehouse.build("training_pool", fragments=pool_fragments(labeled_rubric(warehouse)))
    return counted(rows, left_out=_numbers(warehouse, "training_pool"))


@training_table([training_pool], kinds=("python",))
def training_texts(warehouse: Warehouse) -> dg.MaterializeResult:
    """Prompt, answer and draft of every conversation of the pool, without personal data."""
    rows = build_texts(warehouse)
    replaced = dict(warehouse.read("scrubbed_counts").iter_rows())
    return counted(rows, left_out=_numbers(warehouse, "training_texts"), replaced=replaced)


@history_table("training", kinds=("python",))
def evaluation_texts(warehouse: Warehouse) -> dg.MaterializeResult:
    """Texts of the evaluation files that the settings name; nothing like them is trained on."""
    files = [Path(file) for file in warehouse.installation.settings().evaluation]
    texts = read_evaluation(files)
    rows = warehouse.replace("evaluation_texts", texts)
    return counted(rows, files=len(files), too_short_to_be_found=n_too_short(texts) or None)


@training_table([training_texts, evaluation_texts, human_labels])
def training_overlaps(warehouse: Warehouse) -> dg.MaterializeResult:
    """Conversations whose texts are there already, nearly, or in evaluation data."""
    rows = warehouse.build("training_overlaps")
    return counted(rows, left_out=_numbers(warehouse, "training_overlaps"))


@training_table([training_overlaps, metric_lift], kinds=("duckdb", "python"))
def pair_candidates(warehouse: Warehouse) -> dg.MaterializeResult:
    """Pairs of answers to one prompt, and the gate that refused the others."""
    rubric = labeled_rubric(warehouse)
    lifts = warehouse.read("metric_lift").iter_rows(named=True)
    found = warehouse.read("pairs_found", fragments=pair_fragments(rubric, lifts))
    contrast = rubric.training.contrast
    rows = gate_pairs(found, contrast.margin if contrast else 0)
    written = warehouse.replace("pair_candidates", rows)
    return counted(written, left_out=_numbers(warehouse, "pair_candidates"))


@training_table([training_overlaps])
def sft_examples(warehouse: Warehouse) -> dg.MaterializeResult:
    """Accepted answers of desirable conversations, to imitate."""
    return _examples(warehouse, "sft")


@training_table([pair_candidates])
def dpo_pairs(warehouse: Warehouse) -> dg.MaterializeResult:
    """An accepted answer over its draft, or over another user's answer to the same task."""
    return _examples(warehouse, "dpo")


@training_table([training_overlaps, dpo_pairs])
def kto_examples(warehouse: Warehouse) -> dg.MaterializeResult:
    """Answers that are in no pair, with the judgement of their tier."""
    return _examples(warehouse, "kto")


@training_table([sft_examples, dpo_pairs, kto_examples], kinds=("json", "parquet"))
def training_release(warehouse: Warehouse) -> dg.MaterializeResult:
    """A release folder with the training files, their lineage, and the manifest, written last."""
    manifest = make_release(warehouse)
    rows = sum(file["rows"] for file in manifest["files"])
    return counted(
        rows,
        release_id=manifest["release_id"],
        files=len(manifest["files"]),
        **funnel(manifest.get("funnel", ())),
    )


def _examples(warehouse: Warehouse, kind: Kind) -> dg.MaterializeResult:
    rows = warehouse.build(TABLES[kind], fragments=line_fragments(kind))
    return counted(rows, rows_by_split=_numbers(warehouse, TABLES[kind], "split"))


def _numbers(warehouse: Warehouse, table: str, column: str = "dropped") -> dict[str, int]:
    """How many rows of a table have each value of a column."""
    values = warehouse.read("values_of", fragments={"table": table, "column": column})
    return dict(values.iter_rows())
