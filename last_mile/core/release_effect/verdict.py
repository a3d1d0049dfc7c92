"""What is said of a release: a closed set of verdicts, one family of tests per release and kind.

Not here: the figures (measure.py, worst.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from last_mile.core.release_effect.basis import REFUSED
from last_mile.core.release_effect.epochs import DIFFER, RULE_CHANGED
from last_mile.core.stats import benjamini_hochberg

IMPROVED, REGRESSED, MOVED, NO_EVIDENCE = "improved", "regressed", "moved", "no_evidence"
LEVEL = 0.05


def judged_together(family: Sequence[dict[str, Any]]) -> None:
    """Add `q`, `verdict`, `worst_q`, `worst_verdict` and `hides_regression` to rows of one family.

    q is Benjamini and Hochberg's of p-values that are 1 over evidence whose mean stays at most 1,
    so the false discovery rate holds at any look and for flags that depend on one another (e-BH,
    Wang and Ramdas 2022). The worst places are a family of their own, each p times its places.
    A row that was refused has no verdict.
    """
    for name, difference in (("", "adjusted_rd"), ("worst_", "worst_rd")):
        found = benjamini_hochberg([row.get(f"{name}p") for row in family])
        for row, q in zip(family, found, strict=True):
            refused = row["basis"] == REFUSED or row.get("reason") in (DIFFER, RULE_CHANGED)
            row[f"{name}q"] = q
            row[f"{name}verdict"] = (
                None if refused else _verdict(q, row.get(difference), row["sign"])
            )
    for row in family:
        worst, whole = row["worst_verdict"], row["verdict"]
        row["hides_regression"] = worst == REGRESSED and whole != REGRESSED


def _verdict(q: float | None, value: float | None, sign: int) -> str:
    if q is None or not value or q > LEVEL:
        return NO_EVIDENCE
    if sign == 0:
        return MOVED
    return IMPROVED if value * sign > 0 else REGRESSED
