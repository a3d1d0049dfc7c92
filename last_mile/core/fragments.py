"""Parts of the SQL files that depend on the rubric: ids are checked there, texts quoted here.

Not here: whole statements (sql/), running them (adapters/warehouse.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from last_mile.core.expression import rule_to_sql
from last_mile.core.rubric import LabelSource, Rubric


def quoted(text: str | None) -> str:
    """A text as an SQL literal."""
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def judge_fragments(rubric: Rubric, epoch: str) -> dict[str, str]:
    """For judge_flags.sql: the judged metrics, the current epoch, what unverified positives are."""
    rows = [f"({quoted(m.id)}, {quoted(m.definition_hash)})" for m in rubric.judged]
    unscored = str(rubric.judge.unverified == "unscored").lower()
    return {
        "metrics": _values(rows, 2), "epoch": quoted(epoch), "unverified_is_unscored": unscored,
    }  # fmt: skip


def outcome_fragments(rubric: Rubric) -> dict[str, str]:
    """For outcomes.sql: the outcome kinds with horizon and threshold."""
    rows = [f"({quoted(k.id)}, {k.horizon_days}, {k.at_least!r})" for k in rubric.outcomes]
    return {"kinds": _values(rows, 3)}


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
    """For labeled_conversations.sql: one column per flag, per outcome and per stratum."""
    flags = (
        f"bool_or(flag = 'true') filter (metric = {quoted(m.id)} and flag in ('true', 'false'))"
        f' as "{m.id}"'
        for m in rubric.metrics
    )
    outcomes = (
        f"bool_or(state = 'positive') filter (outcome = {quoted(k.id)} and matured) as \"{k.id}\""
        for k in rubric.outcomes
    )
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


def tier_fragments(rubric: Rubric) -> dict[str, str]:
    """For quality_tiers.sql: the rules in order, first match wins."""
    known = [metric.id for metric in rubric.metrics]
    whens = [f"when {rule_to_sql(rule.when, known)} then " for rule in rubric.tiers] or [
        "when false then "
    ]
    rules = rubric.tiers
    return {
        "tier_cases": _cases(whens, (quoted(rule.tier) for rule in rules)),
        "rule_cases": _cases(whens, (quoted(rule.when) for rule in rules)),
        "train_cases": _cases(whens, (quoted(rule.train) for rule in rules)),
    }


def count_fragments(rubric: Rubric, outcome: str) -> dict[str, str]:
    """For reads/metric_counts.sql: four counts per metric, eight weighted sums per judged metric.

    Heuristic metrics are answered for all conversations and need no weight. Counts are sums of
    casts, not filtered counts: measured three times faster in DuckDB.
    """
    sums = []
    for metric in rubric.metrics:
        flag, event = f'"{metric.id}"', f'"{outcome}"'
        sums += [
            f'sum(({flag} is not null)::integer) as "{metric.id}__scored"',
            f'sum({flag}::integer) as "{metric.id}__true"',
            f'sum(({flag} and {event})::integer) as "{metric.id}__events_true"',
            f'sum(({flag} is not null and {event})::integer) as "{metric.id}__events"',
        ]
        if metric.kind == "judge":
            sums += _weighted_sums(metric.id, flag, event)
    return {"sums": ",\n    ".join(sums), "outcome": f'"{outcome}"', "name": quoted(outcome)}


def _weighted_sums(name: str, flag: str, event: str) -> list[str]:
    """Sums of the weights and of their squares in each cell of flag and event."""
    cells = {
        "true_event": f"{flag} and {event}",
        "true_rest": f"{flag} and not {event}",
        "false_event": f"not {flag} and {event}",
        "false_rest": f"not {flag} and not {event}",
    }
    return [
        f'sum(case when {cell} then {column} end)::double as "{name}__{power}_{part}"'
        for power, column in (("w", "_weight"), ("w2", "_weight_squared"))
        for part, cell in cells.items()
    ]


def _label_sources(sources: Iterable[tuple[str, LabelSource | None]]) -> dict[str, str]:
    rows = []
    for metric, source in sources:
        name, value, annotator = (
            (source.metric, source.value, source.annotator) if source else (metric, None, None)
        )
        rows.append(f"({quoted(metric)}, {quoted(name)}, {quoted(value)}, {quoted(annotator)})")
    return {"label_sources": _values(rows, 4)}


def _cases(whens: Iterable[str], results: Iterable[str]) -> str:
    pairs = list(zip(whens, list(results) or ["null"], strict=True))
    return " ".join(when + result for when, result in pairs)


def _values(rows: list[str], width: int) -> str:
    """Rows of a VALUES list; an empty list becomes a row that joins to nothing."""
    return ", ".join(rows) if rows else "(" + ", ".join(["null::varchar"] * width) + ")"
