"""The README of a training release: a Hugging Face dataset card made from its manifest.

Counts, rules and limits; never a text of a conversation. Not here: the manifest itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from last_mile.core.training.validate import KINDS, SPLITS

_COLUMNS = {
    "sft": "`prompt`, `completion`: the accepted answer, to imitate",
    "dpo": "`prompt`, `chosen`, `rejected`: two answers to one prompt",
    "kto": "`prompt`, `completion`, `label`: one answer and whether it is wanted",
}
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"),
          (10**7, "1M<n<10M"), (10**8, "10M<n<100M"))  # fmt: skip
_ORIGIN = ("rubric", "judge", "epoch", "outcome", "horizon_days", "as_of", "days", "split", "seed")
_TIERS = {"tier": "tier", "reason": "reason", "rule": "rule", "train": "trained as",
          "rr": "relative rate", "state": "proof"}  # fmt: skip
_CLEANED = ("personal_data", "evaluation")
_HUGE = "100M<n<1B"


def dataset_card(manifest: Mapping[str, Any]) -> str:
    """The card, with the YAML that `datasets.load_dataset(folder, "dpo")` reads.

    Args:
        manifest: As adapters/releases writes it. Of what it was made from, `rubric`, `judge`,
            `epoch`, `outcome`, `as_of`, `tier_rules`, `split`, `funnel`, `personal_data`,
            `evaluation` and `known_limits` are told where they are given.
    """
    parts = (_front(manifest), _head(manifest), _files(manifest), _made(manifest),
             _funnel(manifest), _hygiene(manifest), _use(manifest), _limits(manifest))  # fmt: skip
    return "\n".join(line for part in parts for line in part) + "\n"


def size_category(n_rows: int) -> str:
    """The hub's word for a number of rows."""
    return next((name for below, name in _SIZES if n_rows < below), _HUGE)


def _front(manifest: Mapping[str, Any]) -> Iterator[str]:
    """YAML; texts in it are written as JSON strings, which YAML reads."""
    paths = [file["path"] for file in manifest["files"]]
    yield from ("---", f"pretty_name: {json.dumps('Training release ' + manifest['release_id'])}",
                "license: other", "task_categories:", "- text-generation", "size_categories:",
                f"- {size_category(sum(file['rows'] for file in manifest['files']))}",
                "tags:", "- sft", "- dpo", "- kto", "- trl", "- conversational")  # fmt: skip
    held = [kind for kind in KINDS if any(path.startswith(f"{kind}/") for path in paths)]
    if held:
        yield "configs:"
    for kind in held:
        yield from (f"- config_name: {kind}", "  data_files:")
        for split in SPLITS:
            if f"{kind}/{split}.jsonl" in paths:
                yield from (f"  - split: {split}", f"    path: {kind}/{split}.jsonl")
    yield "---"


def _head(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"# Training release {manifest['release_id']}", "")
    yield "Conversations of one product, in the formats TRL's trainers read. Every row is an answer"
    yield "that users of the product got; which of them are wanted was told by rules over judged"
    yield "behaviour, which were held against a business outcome."
    yield "`lineage.parquet` says of every row where it is from; `manifest.json` holds all numbers."


def _files(manifest: Mapping[str, Any]) -> Iterator[str]:
    is_estimate = manifest["tokens"]["estimate"]
    tokens = "tokens (estimate)" if is_estimate else "tokens"
    yield from ("", "## Files", "")
    yield from (f"- **{kind}**: {about}." for kind, about in _COLUMNS.items())
    yield from ("", "`train` is for training, `test` for choosing between models, `holdout` (the")
    yield from ("newest days) for the final evaluation. Files without rows are not written.", "")
    yield from _table(
        ("file", "rows", tokens, "over 1,024 tokens", "MB"),
        [(f"`{file['path']}`", f"{file['rows']:,}", f"{file['tokens']:,}",
          f"{file['n_over_1024']:,}", f"{file['bytes'] / 1e6:,.1f}") for file in manifest["files"]],
    )  # fmt: skip


def _made(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## How it was made", "")
    for name in _ORIGIN:
        if manifest.get(name) not in (None, ""):
            yield f"- {name.replace('_', ' ')}: {_plain(manifest[name])}"
    rules = manifest.get("tier_rules")
    if rules:
        yield from (
            "",
            "A conversation is in the first tier whose rule it meets. The outcome's rate",
        )
        yield from (
            "in it over that of the others is of a later period than the rule's choice:",
            "",
        )
        yield from _table(
            _TIERS.values(), [[_cell(rule, name) for name in _TIERS] for rule in rules]
        )


def _cell(rule: Mapping[str, Any], name: str) -> str:
    value = rule.get(name)
    if value in (None, ""):
        return "—"
    if name == "rule":
        return f"`{value}`"
    return f"{value:.2f}" if isinstance(value, float) else _plain(value)


def _funnel(manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest.get("funnel"):
        rows = [(str(step["step"]), f"{step['n']:,}") for step in manifest["funnel"]]
        yield from ("", "## What became of the conversations", "")
        yield from _table(("step", "n"), rows)


def _hygiene(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Checks", "")
    for name, n in manifest["checks"]["failed"].items():
        yield f"- {name.replace('_', ' ')}: {n:,} failed"
    for name in _CLEANED:
        if manifest.get(name):
            yield f"- {name.replace('_', ' ')}: {_plain(manifest[name])}"


def _use(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Use", "", "```python", "from datasets import load_dataset", "")
    yield from ('load_dataset("path/of/this/folder", "dpo")', "```")
    weights = manifest["kto_weights"]
    if weights["reason"] is None:
        given = ", ".join(f"{n}={weights[n]}" for n in ("desirable_weight", "undesirable_weight"))
        yield from ("", f"For KTO: `KTOConfig({given})`; the rows are shuffled already.")


def _limits(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Known limits", "")
    yield from (f"- {limit}" for limit in manifest["known_limits"])


def _table(columns: Collection[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'|'.join(' --- ' for _ in columns)}|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _plain(value: object) -> str:
    """A value in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(held)}" for key, held in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else (
        " ".join(str(value).split())
    )  # fmt: skip
