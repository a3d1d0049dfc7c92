"""What the statements about drift need of a rubric.

Not here: other statements (core/fragments.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from last_mile.core.drift.table import Window
from last_mile.core.fragments import quoted
from last_mile.core.rubric import Rubric

_ANSWERS = (
    "select {metric} as metric, day, user_id, conversation_id, {flag} as flag, "
    "{outcome} as event, {weight} as weight from labeled_conversations where {flag} is not null"
)


def drift_fragments(rubric: Rubric) -> dict[str, str]:
    """For reads/drift_days.sql: every answer of every metric, with the primary outcome."""
    return {"answers": "\n    union all\n    ".join(
        _ANSWERS.format(
            metric=quoted(metric.id), flag=f'"{metric.id}"', outcome=f'"{rubric.primary.id}"',
            weight="judge_weight" if metric.kind == "judge" else "1.0",
        )
        for metric in rubric.metrics
    )}  # fmt: skip


def user_fragments(rubric: Rubric, windows: Sequence[Window]) -> dict[str, str]:
    """For reads/drift_users.sql: the same answers, and the windows in which they are looked at."""
    rows = ", ".join(
        f"({quoted(one.kind)}, {quoted(one.metric)}, date '{one.first}', date '{one.middle}', "
        f"date '{one.end}')"
        for one in windows
    )
    none = "(null::varchar, null::varchar, null::date, null::date, null::date)"
    return {**drift_fragments(rubric), "windows": rows or none}
