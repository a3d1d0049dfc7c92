"""Reads from the SQL of sql/ where the values of every column come from, with sqlglot.

A column counts as the source of another when its value is in it; what only joins or filters does
not. What cannot be resolved is left out. Not here: tables that Python makes (by_hand.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from last_mile.adapters.rubric_file import load_rubric
from last_mile.adapters.sql_files import TABLES, fill, table_columns, table_text
from last_mile.core import fragments
from last_mile.core.rubric import Rubric
from last_mile.core.training import fragments as training

Sources = dict[str, dict[str, list[str]]]  # table: column: columns it comes from, `table.column`


def traced() -> Sources:
    """The sources of every column of the tables and views that SQL makes, rubric's ones by kind."""
    rubric = load_rubric("proposals")
    schema = {table: dict(columns) for table, columns in table_columns().items()}
    schema["labeled_conversations"] |= fragments.wide_columns(rubric)
    schema["stat_cells"] |= fragments.cell_columns(rubric)
    views: dict[str, exp.Query | Callable[[], exp.Query]] = {
        table: query
        for table in TABLES
        if table not in schema and (query := _query(table, rubric)) is not None
    }
    general = _general_names(rubric)
    found: Sources = {}
    for table in TABLES:
        query = _query(table, rubric)
        if query is None:
            continue
        expanded = exp.expand(query, views, dialect="duckdb")
        for column, sources in _of_query(expanded, schema):
            named = {f"{part}.{_named(part, name, general)}" for part, name in sources}
            ours = found.setdefault(table, {})
            name = _named(table, column, general)
            ours[name] = sorted(named | set(ours.get(name, ())))
    return found


def _query(table: str, rubric: Rubric) -> exp.Query | None:
    """The SELECT that makes a table or view; None of one that is written by Python."""
    text = table_text(table)
    _, insert, select = text.partition(" by name\n")
    if not insert:
        _, insert, select = text.partition("create view")
        select = select.partition(" as\n")[2]
    if not insert or "read_parquet(" in select:  # staged by Python
        return None
    filled = fill(select.strip().removesuffix(";"), _fragments(rubric).get(table))
    query = parse_one(re.sub(r"\[: ", "[1 : ", filled), dialect="duckdb")  # the same slice
    assert isinstance(query, exp.Query)
    for asked in query.find_all(exp.Exists):  # whether there are rows, not what is in them
        asked.this.set("expressions", [exp.Literal.number(1)])
    return query


def _fragments(rubric: Rubric) -> Mapping[str, Mapping[str, str]]:
    """What defs/ fills the files with."""
    return {
        "judge_flags": fragments.judge_fragments(rubric, "epoch"),
        "outcomes": fragments.outcome_fragments(rubric),
        "labeled_conversations": fragments.wide_fragments(rubric),
        "stat_cells": fragments.cell_fragments(rubric),
        "human_labels": fragments.label_fragments(rubric),
        "quality_tiers": training.tier_fragments(rubric),
        "training_splits": training.split_fragments(rubric),
        "training_pool": training.pool_fragments(rubric),
        **{table: training.line_fragments(kind) for kind, table in training.TABLES.items()},
    }


def _of_query(
    query: exp.Expr, schema: dict[str, dict[str, str]]
) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """Every column of a query that comes from others, with these as (table, column)."""
    known: dict[str, object] = {**schema}
    plain = qualify(query, dialect="duckdb", schema=known, validate_qualify_columns=False)
    for union in list(plain.find_all(exp.SetOperation)):
        _in_one_order(union)
    nodes = lineage(None, plain, known, scope=build_scope(plain), dialect="duckdb", copy=False)
    for column, root in nodes.items():
        leaves = [node for node in root.walk() if not node.downstream]
        sources = {_source(node) for node in leaves if isinstance(node.expression, exp.Table)}
        is_resolved = not any(isinstance(node.expression, exp.Placeholder) for node in leaves)
        if sources and is_resolved and all(name in schema[table] for table, name in sources):
            yield column, sources


def _source(node: Node) -> tuple[str, str]:
    return node.expression.name, node.name.rpartition(".")[2].strip('"')


def _in_one_order(union: exp.SetOperation) -> None:
    """`union all by name` with the columns of its sides in one order: lineage goes by place."""
    if not union.args.get("by_name"):
        return
    left, right = union.left, union.right
    if isinstance(left, exp.SetOperation):
        _in_one_order(left)
    given = {column.alias_or_name: column for column in right.selects}
    order = [*left.named_selects, *(name for name in given if name not in left.named_selects)]
    absent = exp.null()
    right.set("expressions", [given.get(n) or exp.alias_(absent.copy(), n) for n in order])
    if not isinstance(left, exp.SetOperation):
        more = [exp.alias_(absent.copy(), name) for name in order[len(left.selects) :]]
        left.set("expressions", [*left.selects, *more])
    union.set("by_name", False)


def _general_names(rubric: Rubric) -> dict[str, str]:
    """Names a rubric gives to columns of the wide tables, and what they are in any rubric."""
    metrics, outcomes = ({part.id for part in parts} for parts in (rubric.metrics, rubric.outcomes))
    general = {}
    for name in (*fragments.wide_columns(rubric), *fragments.cell_columns(rubric)):
        whose, mark, part = name.partition("__")
        kind = "metric" if whose in metrics else "outcome" if whose in outcomes else "stratum"
        general[name] = f"<{kind}>{mark}{part}"
    return general


def _named(table: str, column: str, general: Mapping[str, str]) -> str:
    is_wide = table in ("labeled_conversations", "stat_cells")
    return general.get(column, column) if is_wide else column
