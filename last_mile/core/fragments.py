"""Parts of the SQL files that depend on the rubric: ids are checked there, texts quoted here.

Not here: whole statements (sql/), running them (adapters/warehouse.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from last_mile.core.judge.epoch import flag_versions
from last_mile.core.rubric import LabelSource, Rubric

Others = Mapping[date, Collection[str]]  # metrics of a day whose flags are of another version
_FOLLOWED = ("event_day", "seen_days")  # of an outcome, as in outcomes.sql


def quoted(text: str | None) -> str:
    """A text as an SQL literal."""
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def judge_fragments(rubric: Rubric, epoch: str) -> dict[str, str]:
    """For judge_flags.sql: the judged metrics, the current epoch, what unverified positives are."""
    rows = [f"({quoted(m.id)}, {quoted(rubric.flag_definition(m))})" for m in rubric.judged]
    unscored = str(rubric.judge.unverified == "unscored").lower()
    return {
        "metrics": _values(rows, 2), "epoch": quoted(epoch), "unverified_is_unscored": unscored,
    }  # fmt: skip


def outcome_fragments(rubric: Rubric) -> dict[str, str]:
    """For outcomes.sql: the outcome kinds with horizon, threshold and who decides them."""
    rows = [
        f"({quoted(k.id)}, {k.horizon_days}, {k.at_least!r}, {quoted(k.decided_by)}, "
        f"{quoted(k.attribution)})"
        for k in rubric.outcomes
    ]
    return {"kinds": _values(rows, 5)}


def label_fragments(rubric: Rubric) -> dict[str, str]:
    """For human_labels.sql: which labels answer which metric (by default, those of its id)."""
    return _label_sources((metric.id, metric.labels) for metric in rubric.metrics)


def recorded_fragments(rubric: Rubric, annotator: str | None = None) -> dict[str, str]:
    """For reads/recorded_verdicts.sql: which recorded labels answer which judged metric.

    Args:
        rubric: Its metrics say which labels are theirs.
        annotator: Whose labels alone count; None: everybody's.
    """
    sources = _label_sources((metric.id, metric.recorded) for metric in rubric.judged)
    return {**sources, "annotator": quoted(annotator)}


def wide_fragments(rubric: Rubric) -> dict[str, str]:
    """For labeled_conversations.sql: a column per flag and per stratum, three per outcome."""
    flags = (
        f"bool_or(flag = 'true') filter (metric = {quoted(m.id)} and flag in ('true', 'false'))"
        f' as "{m.id}"'
        for m in rubric.metrics
    )
    outcomes = [
        f"bool_or(state = 'positive') filter (outcome = {quoted(k.id)} and matured) as \"{k.id}\""
        for k in rubric.outcomes
    ]
    outcomes += [
        f'max({part}) filter (outcome = {quoted(k.id)}) as "{k.id}__{part}"'
        for k in rubric.outcomes
        for part in _FOLLOWED
    ]
    strata = "".join(
        f',\n    conversations.attributes ->> {quoted("$." + path)} as "{name}"'
        for name, path in attribute_strata(rubric).items()
    )
    return {
        "flag_columns": ",\n    ".join(flags),
        "outcome_columns": ",\n    ".join(outcomes),
        "stratum_columns": strata,
    }


def wide_columns(rubric: Rubric) -> dict[str, str]:
    """Columns the rubric adds to labeled_conversations: name to SQL type."""
    return {
        **dict.fromkeys(attribute_strata(rubric), "varchar"),
        **{metric.id: "boolean" for metric in rubric.metrics},
        **{kind.id: "boolean" for kind in rubric.outcomes},
        **{f"{k.id}__{part}": "integer" for k in rubric.outcomes for part in _FOLLOWED},
    }


def attribute_strata(rubric: Rubric) -> dict[str, str]:
    """Strata that live in `attributes`: column name to key."""
    names = [name for name in rubric.strata if name.startswith("attributes.")]
    return {name.removeprefix("attributes."): name.removeprefix("attributes.") for name in names}


def sampling_fragments(rubric: Rubric) -> dict[str, str]:
    """For reads/sampling_frame.sql: the strata of the rubric as one text."""
    parts = [
        f"attributes ->> {quoted('$.' + name.removeprefix('attributes.'))}"
        if name.startswith("attributes.")
        else f'"{name}"'
        for name in rubric.strata
    ]
    known = ", ".join(f"coalesce({part}, '-')" for part in parts)
    return {"stratum": f"concat_ws(' / ', {known})" if parts else "'all'"}


def strata_of(rubric: Rubric) -> tuple[str, ...]:
    """Columns of labeled_conversations that lifts are adjusted for: strata first, then metrics."""
    wanted = {name for metric in rubric.metrics for name in rubric.adjustment(metric)}
    metrics = (metric.id for metric in rubric.metrics)
    return tuple(
        name.removeprefix("attributes.") for name in (*rubric.strata, *metrics) if name in wanted
    )


def cell_fragments(rubric: Rubric) -> dict[str, str]:
    """For stat_cells.sql: outcomes with their follow-up, strata, two counts per metric.

    Counts are sums of casts, not filtered counts: measured three times faster in DuckDB.
    """
    names = strata_of(rubric)
    followed = (
        f'select *, {quoted(k.id)} as outcome, "{k.id}__event_day" as event_day, '
        f'"{k.id}__seen_days" as seen_days, "{k.id}" is not null as matured\n'
        "    from labeled_conversations"
        for k in rubric.outcomes
    )
    sums = (
        f'coalesce(sum({flag}::integer), 0)::bigint as "{metric.id}__{arm}"'
        for metric in rubric.metrics
        for arm, flag in (("true", f'"{metric.id}"'), ("false", f'(not "{metric.id}")'))
    )
    strata = (f"coalesce({column}::varchar, '-') as stratum_{i}" for i, column in _numbered(names))
    numbers = (f"stratum_{i}" for i, _ in _numbered(names))
    return {
        "followed": "\n    union all\n    ".join(followed),
        "strata": ",\n        ".join(strata) or "'-' as stratum_0",
        "stratum_columns": ", ".join(numbers) or "stratum_0",
        "sums": ",\n        ".join(sums),
        "stratum_of": texts(names),
    }


def cell_columns(rubric: Rubric) -> dict[str, str]:
    """Columns the rubric adds to stat_cells: name to SQL type."""
    return {
        f"{metric.id}__{arm}": "bigint" for metric in rubric.metrics for arm in ("true", "false")
    }


def version_fragments(rubric: Rubric, epoch: str | None) -> dict[str, str]:
    """For reads/other_versions.sql: of which epoch or definition every metric's flags are now."""
    rows = [f"({quoted(m)}, {quoted(v)})" for m, v in flag_versions(rubric, epoch).items()]
    return {"versions": _values(rows, 2)}


def lift_fragments(rubric: Rubric, outcome: str, others: Others) -> dict[str, str]:
    """For reads/lift_cells.sql: one outcome's cells, each flag's counts summed over days."""
    left_out = {metric for metrics in others.values() for metric in metrics}
    names = strata_of(rubric)
    sums = (
        f'coalesce(sum("{column}"){_filter(column.rpartition("__")[0], left_out)}, 0)::bigint '
        f'as "{column}"'
        for column in cell_columns(rubric)
    )
    parts = (f", stratum[{i + 1}]" for i, _ in _numbered(names))
    return {
        "name": quoted(outcome), "others": _other_days(others), "sums": ",\n    ".join(sums),
        "stratum_of": texts(names), "stratum_parts": "".join(parts) or ", '-'",
    }  # fmt: skip


def clustered_fragments(rubric: Rubric, outcome: str, others: Others) -> dict[str, str]:
    """For reads/clustered_rows.sql: the same strata, row by row, and every flag."""
    left_out = {metric for metrics in others.values() for metric in metrics}
    names = strata_of(rubric)
    parts = (f", coalesce({column}::varchar, '-')" for _, column in _numbered(names))
    return {
        "outcome": f'"{outcome}"', "others": _other_days(others),
        "flags": ", ".join(
            f'if(list_contains(_others, {quoted(m.id)}), null, "{m.id}") as "{m.id}"'
            if m.id in left_out else f'"{m.id}"'
            for m in rubric.metrics
        ),
        "stratum_parts": "".join(parts) or ", '-'",
    }  # fmt: skip


def listed(values: Iterable[str]) -> str:
    """Texts as SQL literals, comma-joined."""
    return ", ".join(quoted(value) for value in values)


def texts(values: Iterable[str]) -> str:
    """Texts as an SQL list."""
    return f"[{listed(values)}]::varchar[]"


def _numbered(names: Iterable[str]) -> list[tuple[int, str]]:
    """Each column quoted, with its place."""
    return [(i, f'"{name}"') for i, name in enumerate(names)]


def _filter(metric: str, left_out: Collection[str]) -> str:
    """Of a sum over days: those whose flags are of the current version."""
    if metric not in left_out:
        return ""
    return f" filter (list_contains(_others, {quoted(metric)}) is not true)"


def _other_days(others: Others) -> str:
    rows = (f"(date '{day}', {texts(metrics)})" for day, metrics in others.items())
    return ", ".join(rows) or "(null::date, null::varchar[])"


def _label_sources(sources: Iterable[tuple[str, LabelSource | None]]) -> dict[str, str]:
    rows = []
    for metric, source in sources:
        name, value, annotator = (
            (source.metric, source.value, source.annotator) if source else (metric, None, None)
        )
        rows.append(f"({quoted(metric)}, {quoted(name)}, {quoted(value)}, {quoted(annotator)})")
    return {"label_sources": _values(rows, 4)}


def _values(rows: list[str], width: int) -> str:
    """Rows of a VALUES list; an empty list becomes a row that joins to nothing."""
    return ", ".join(rows) if rows else "(" + ", ".join(["null::varchar"] * width) + ")"
