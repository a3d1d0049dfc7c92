"""What reads/release_rows.sql needs of a rubric. Not here: other statements (core/fragments.py)."""

from __future__ import annotations

from last_mile.core.rubric import Rubric


def strata_columns(rubric: Rubric) -> tuple[str, ...]:
    """Strata of the rubric as columns of labeled_conversations, without the release itself."""
    names = (name.removeprefix("attributes.") for name in rubric.strata)
    return tuple(name for name in names if name != "model")


def release_fragments(rubric: Rubric) -> dict[str, str]:
    """For reads/release_rows.sql: strata as texts, every flag and every outcome."""
    strata = (f'coalesce("{name}"::varchar, \'-\') as "{name}"' for name in strata_columns(rubric))
    flags = (f'"{metric.id}"' for metric in rubric.metrics)
    outcomes = (f'"{kind.id}"' for kind in rubric.outcomes)
    return {"columns": ",\n    ".join((*strata, *flags, *outcomes))}
