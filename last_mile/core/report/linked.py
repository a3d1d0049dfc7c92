"""What a training release did: the product release trained from it, against the one before.

Not here: the comparison itself (core/release_effect), who said what was trained from what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from last_mile.core.expression import RuleSyntaxError, names_in
from last_mile.core.report.wording import listed, spoken

Row = Mapping[str, Any]
_KEPT = (
    "measure", "kind", "n", "n_reference", "adjusted_rd", "sequential_low", "sequential_high",
    "detectable", "verdict", "hides_regression", "worst_stratum", "reason",
)  # fmt: skip
_CARE = (
    "What else changed between the two, the model, the prompt or the users, is in these figures "
    "too: only a release that differs in its training alone shows what the training did."
)


def linked_releases(links: Iterable[Row], compared: Sequence[Row]) -> list[dict[str, Any]]:
    """Every training release with a product release that was trained from it, and what followed.

    Args:
        links: `training_release`, `product_release`, and its `manifest` or None.
        compared: Rows of `release_comparison`.

    Returns:
        Per link `training_release`, `product_release`, `reference`, `sentences`, and `targeted`,
        `outcomes`, `worse`: rows of the comparison about flags that the tiers of the training
        release name, about outcomes, and about what got worse.
    """
    return [_answer(link, compared) for link in links]


def _answer(link: Row, compared: Sequence[Row]) -> dict[str, Any]:
    rows = [row for row in compared if row["release"] == link["product_release"]]
    targets = targeted_flags(link["manifest"])
    of_target = [row for row in rows if row["kind"] == "flag" and row["measure"] in targets]
    outcomes = [row for row in rows if row["kind"] == "outcome"]
    worse = [row for row in rows if row["verdict"] == "regressed" or row["hides_regression"]]
    reference = rows[0]["reference"] if rows else None
    why_not = _why_not(link, rows)
    return {
        "training_release": link["training_release"],
        "product_release": link["product_release"],
        "reference": reference,
        "targeted": [] if why_not else _shown(of_target),
        "outcomes": [] if why_not else _shown(outcomes),
        "worse": [] if why_not else _shown(worse),
        "sentences": [why_not] if why_not else [
            _targets_said(link, of_target), *map(_outcome_said, outcomes),
            _worse_said(worse), _CARE,
        ],
    }  # fmt: skip


def targeted_flags(manifest: Row | None) -> set[str]:
    """Flags that the rules of a training release's tiers name; empty when it is not known."""
    rules = (manifest or {}).get("tier_rules") or ()
    texts = rules.values() if isinstance(rules, Mapping) else (rule.get("rule") for rule in rules)
    found: set[str] = set()
    for text in texts:
        try:
            found |= names_in(str(text or ""))
        except RuleSyntaxError:  # a rule of another version
            continue
    return found


def _why_not(link: Row, rows: Sequence[Row]) -> str | None:
    """A sentence when there is nothing to compare."""
    name, opening = link["product_release"], _opening(link)
    if not rows:
        return f"{opening}: no conversation of {name} has been compared yet."
    if rows[0]["reference"] is None:
        return f"{opening}: {name} is the first release in these logs, so nothing is before it."
    if rows[0]["basis"] == "refused":
        why = spoken(rows[0]["basis_reason"])
        return f"{opening}: not comparable with {rows[0]['reference']} ({why})."
    return None


def _opening(link: Row) -> str:
    return f"{link['product_release']}, trained from {link['training_release']}"


def _targets_said(link: Row, rows: Sequence[Row]) -> str:
    if not link["manifest"]:
        return f"{_opening(link)}: its folder is gone, so the flags it was about are not known."
    if not rows:
        return f"{_opening(link)}: its tiers name no flag that both releases have."
    by_verdict: dict[str, list[str]] = {}
    for row in rows:
        by_verdict.setdefault(spoken(row["verdict"] or "refused"), []).append(row["measure"])
    said = "; ".join(
        f"{verdict}: {listed([spoken(name) for name in names])}"
        for verdict, names in by_verdict.items()
    )
    return f"{_opening(link)}, against {rows[0]['reference']}. Flags its tiers name: {said}."


def _outcome_said(row: Row) -> str:
    if row["adjusted_rd"] is None or row["sequential_low"] is None:
        return f"“{row['measure']}”: not compared ({spoken(row['reason'] or 'no interval')})."
    interval = (
        f"{100 * row['adjusted_rd']:+.2f} points "
        f"[{100 * row['sequential_low']:+.2f}, {100 * row['sequential_high']:+.2f}] at every look"
    )
    if row["verdict"] == "no_evidence":
        return (
            f"“{row['measure']}”: no evidence that it followed, {interval}; a change of "
            f"{100 * row['detectable']:.2f} points would have been found with 80 % power."
        )
    return f"“{row['measure']}” {spoken(row['verdict'])}, {interval}."


def _worse_said(rows: Sequence[Row]) -> str:
    if not rows:
        return "Nothing is found to have got worse."
    named = [
        spoken(row["measure"]) + (f" in {row['worst_stratum']}" if row["hides_regression"] else "")
        for row in rows
    ]
    return f"Got worse: {listed(named)}."


def _shown(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in _KEPT} for row in rows]
