"""Parts of the checks' SQL that depend on the rubric, and the columns it adds to tables.

Not here: whole queries (sql/checks/), running them (adapters/expectations).
"""

from __future__ import annotations

from collections.abc import Mapping

from last_mile.core.fragments import cell_columns, listed, quoted, wide_columns
from last_mile.core.rubric import Rubric

ORDINARY = "ordinary"  # the tier of conversations that no rule matches


def check_fragments(rubric: Rubric) -> dict[str, str]:
    """Text for `{{ name }}` in the queries of checks, by name."""
    kept_in = {metric.id: "judge_flags" for metric in rubric.judged}
    metrics = [
        f"({quoted(m.id)}, {quoted(rubric.flag_definition(m))}, "
        f"{quoted(kept_in.get(m.id, 'heuristic_flags'))})"
        for m in rubric.metrics
    ]
    flags = [f'"{metric.id}"' for metric in rubric.metrics]
    outcomes = [f'"{kind.id}"' for kind in rubric.outcomes]
    shares = (
        f"{{'metric': {quoted(metric.id)}, 'n': count({flag}), 'true': count_if({flag})}}"
        for metric, flag in zip(rubric.metrics, flags, strict=True)
    )
    arms = (f'"{metric.id}__true" + "{metric.id}__false"' for metric in rubric.metrics)
    return {
        "metrics": ", ".join(metrics),
        "n_metrics": str(len(metrics)),
        "scored": " + ".join(f"({flag} is not null)::integer" for flag in flags),
        "kinds": ", ".join(f"({quoted(kind.id)})" for kind in rubric.outcomes),
        "matured": " + ".join(f"({outcome} is not null)::integer" for outcome in outcomes),
        "positive": " + ".join(f"coalesce({outcome}, false)::integer" for outcome in outcomes),
        "shares": f"[{', '.join(shares)}]",
        "most_flagged": f"greatest({', '.join(arms)})",
        "tiers": listed(dict.fromkeys([*(rule.tier for rule in rubric.tiers), ORDINARY])),
    }


def columns_of_rubric(rubric: Rubric) -> Mapping[str, Mapping[str, str]]:
    """Columns that the rubric adds: table to name to SQL type."""
    return {"labeled_conversations": wide_columns(rubric), "stat_cells": cell_columns(rubric)}
