"""Reads the training tables and makes a release of them: rows, lineage, and what they came from.

Not here: the files (adapters/releases), the tables (sql/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import polars as pl

from last_mile.adapters.releases import Frames, token_counter, write_release
from last_mile.adapters.sql_files import sql_digest
from last_mile.adapters.training_source import scrubber_of
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import quoted
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.rubric import Rubric
from last_mile.core.scrubbing import found
from last_mile.core.training.fragments import TABLES, line_fragments, margin_weights
from last_mile.core.training.validate import Kind
from last_mile.errors import UserError

_PARTS = "0123456789abcdef"  # of the order of rows, so that a large file is never held at once
_AT_ONCE = 20_000  # rows
_LIMITS = (
    "who wrote a name that no document and no rule names keeps it: personal data is found by "
    "patterns and exact names",
    "the outcome of a single conversation says little about it: no pair rests on an outcome alone",
    "near-duplicates below a Jaccard similarity of 0.6 over three-word runs stay",
    "evaluation texts of under 8 words are not looked for, nor system messages, nor eight words in "
    "a row that stand in over 100 training conversations and over 1 % of them: the product's own",
    "test and hold-out may share users and tasks with each other; neither is trained on",
    "conversations that people labelled are never trained on; their users and tasks may be",
)


def make_release(warehouse: Warehouse) -> dict[str, Any]:
    """Write the training tables as a release.

    Returns:
        Its manifest.

    Raises:
        UserError: There is nothing to write, or a gate found something; no release was made.
    """
    installation, warehouse = warehouse.installation, warehouse.pinned()
    rubric, settings = installation.rubric(), installation.settings()
    _require_one_epoch(warehouse, epoch_of(rubric, settings.judge))
    rows: dict[str, Frames] = {kind: partial(_chunks, warehouse, rubric, kind) for kind in TABLES}
    lineage = warehouse.read("lineage", fragments=_lineage_fragments(warehouse, rubric))
    return write_release(
        installation.releases, rows, lineage, about(warehouse, rubric),
        tokens=token_counter(settings.tokenizer), scan=scan_of(warehouse),
        snapshot=warehouse.snapshot,
    )  # fmt: skip


def _require_one_epoch(warehouse: Warehouse, epoch: str) -> None:
    """Stop where flags are of another judge or rubric than the settings name."""
    of = {"table": "judge_flags", "column": "epoch"}
    others = set(warehouse.read("values_of", fragments=of)["value"]) - {epoch}
    if others:
        raise UserError(
            f"flags of {len(others)} other epoch(s) than {epoch} stand in judge_flags: judge or "
            "rubric changed since; no training release is made of both, run `last-mile run`"
        )


def about(warehouse: Warehouse, rubric: Rubric) -> dict[str, Any]:
    """What a release is made from: equal inputs give equal values, and so an equal release."""
    settings, training = warehouse.installation.settings(), rubric.training
    days = warehouse.read("day_range").row(0, named=True)
    lifts = list(warehouse.read("metric_lift").iter_rows(named=True))
    tiers = warehouse.read("tier_lift").filter(period="later").sort("tier", "reason")
    return {
        "made_by": {"last_mile": version("last-mile"), "sql": sql_digest()},
        "rubric": {"name": rubric.name, "version": rubric.version, "hash": rubric.hash},
        "judge": settings.judge,
        "epoch": epoch_of(rubric, settings.judge),
        "outcome": rubric.primary.id,
        "horizon_days": rubric.primary.horizon_days,
        "as_of": str(warehouse.read("known_up_to").item() or ""),
        "days": {name: str(days[name]) for name in ("first", "last")},
        "tier_rules": [
            {name: str(row[name]) if name.endswith("day") else row[name] for name in _TIER_COLUMNS}
            for row in tiers.iter_rows(named=True)
        ],
        "split": {
            "by": "task and user", "salt": training.salt, "test_percent": training.test_percent,
            "holdout_days": training.holdout_days,
        },
        "pairing": {
            "contrast": training.contrast.model_dump(mode="json") if training.contrast else None,
            "margin": margin_weights(rubric, lifts),
        },
        "seed": training.seed,
        "funnel": warehouse.read("training_funnel").to_dicts(),
        "personal_data": {
            "scrubber": scrubber_of(settings.scrubber).name,
            "replaced": dict(warehouse.read("scrubbed_counts").iter_rows()),
        },
        "evaluation": [
            {"source": source, "texts": n} for source, n in warehouse.read(
                "values_of", fragments={"table": "evaluation_texts", "column": "source"}
            ).iter_rows()
        ],
        "known_limits": list(_LIMITS),
    }  # fmt: skip


_TIER_COLUMNS = (
    "tier", "reason", "train", "rule", "state", "unlocked", "first_day", "last_day", "n_matured",
    "rate", "rate_reference", "rr", "rr_low", "rr_high", "level",
)  # fmt: skip


@dataclass(frozen=True)
class PersonalDataScan:
    """Searches a text of a row for patterns and for the names of its conversations."""

    names: Mapping[str, list[str]]  # by row id

    def __call__(self, row_id: str, text: str) -> Mapping[str, int]:
        """What is found, by kind."""
        return found(text, self.names.get(row_id) or ())


def scan_of(warehouse: Warehouse) -> PersonalDataScan:
    """The search for personal data in the rows of the training tables."""
    return PersonalDataScan(dict(warehouse.read("row_names").iter_rows()))


def _chunks(warehouse: Warehouse, rubric: Rubric, kind: Kind, split: str) -> Iterator[pl.DataFrame]:
    """The lines of one file, in its order, a part of it at a time."""
    of_kind = {"table": TABLES[kind], "column": "split"}
    n = dict(warehouse.read("values_of", fragments=of_kind).iter_rows()).get(split, 0)
    about_file = {
        **line_fragments(kind), "table": TABLES[kind], "split": quoted(split),
        "seed": quoted(str(rubric.training.seed)),
    }  # fmt: skip
    parts = () if not n else [""] if n <= _AT_ONCE else _PARTS
    for part in parts:
        yield warehouse.read("release_lines", fragments={**about_file, "part": quoted(part)})


def _lineage_fragments(warehouse: Warehouse, rubric: Rubric) -> dict[str, str]:
    flags = ", ".join(f'{quoted(m.id)}, "{m.id}"' for m in rubric.metrics)
    return {
        "flags": f"json_object({flags})",
        "outcome": quoted(rubric.primary.id),
        "epoch": quoted(epoch_of(rubric, warehouse.installation.settings().judge)),
    }
