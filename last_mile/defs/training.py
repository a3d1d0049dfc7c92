"""Assets from quality tiers to training rows and the release folder. Not here: file formats."""

from typing import Literal

import dagster as dg

from last_mile.adapters.exports import write_release
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import tier_fragments
from last_mile.core.training import training_rows
from last_mile.defs.conversations import conversations
from last_mile.defs.evidence import current_epoch, known_up_to
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.partitions import DAILY, days_of
from last_mile.defs.reporting import counted

_TRAINS = {"sft": "'desirable'", "dpo": "'desirable'", "kto": "'desirable', 'undesirable'"}


@dg.asset(
    deps=[labeled_conversations], partitions_def=DAILY, group_name="training", kinds={"duckdb"}
)
def quality_tiers(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One tier per conversation, by the first rule of the rubric that matches."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    rows = warehouse.build("quality_tiers", days, tier_fragments(rubric))
    tiers = warehouse.read("quality_tiers", days)["tier"].value_counts()
    return counted(rows, conversations_by_tier=dict(tiers.iter_rows()))


@dg.asset(
    deps=[conversations, quality_tiers],
    partitions_def=DAILY,
    group_name="training",
    kinds={"python"},
)
def sft_examples(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Accepted answers of desirable conversations, to imitate."""
    return _examples(context, warehouse, "sft", "sft_examples")


@dg.asset(
    deps=[conversations, quality_tiers],
    partitions_def=DAILY,
    group_name="training",
    kinds={"python"},
)
def dpo_pairs(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The accepted answer over the first draft, in desirable conversations."""
    return _examples(context, warehouse, "dpo", "dpo_pairs")


@dg.asset(
    deps=[conversations, quality_tiers, dpo_pairs],
    partitions_def=DAILY,
    group_name="training",
    kinds={"python"},
)
def kto_examples(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Answers that are in no pair, with the judgement of their tier."""
    return _examples(context, warehouse, "kto", "kto_examples")


@dg.asset(
    deps=[sft_examples, dpo_pairs, kto_examples], group_name="training", kinds={"python", "json"}
)
def training_release(warehouse: Warehouse) -> dg.MaterializeResult:
    """A release folder with the training files and their manifest, written last."""
    rubric = warehouse.installation.rubric()
    frames = {name: warehouse.read(name) for name in ("sft_examples", "dpo_pairs", "kto_examples")}
    manifest = write_release(
        warehouse.installation.releases,
        frames,
        {
            "rubric": {"name": rubric.name, "version": rubric.version, "hash": rubric.hash},
            "judge": warehouse.installation.settings().judge,
            "epoch": current_epoch(warehouse),
            "outcome": rubric.primary.id,
            "as_of": str(known_up_to(warehouse) or ""),
            "tier_rules": {rule.tier: rule.when for rule in rubric.tiers},
        },
    )
    rows = sum(file["rows"] for file in manifest["files"])
    return counted(rows, release_id=manifest["release_id"], files=len(manifest["files"]))


def _examples(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    kind: Literal["sft", "dpo", "kto"],
    table: str,
) -> dg.MaterializeResult:
    days = days_of(context.partition_key)
    tiered = warehouse.read("trainable", days, {"trains": _TRAINS[kind]})
    frame, excluded = training_rows(kind, tiered.iter_rows(named=True))
    return counted(warehouse.replace(table, frame, days), excluded_by_reason=excluded)
