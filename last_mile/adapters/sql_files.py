"""The files of sql/: which tables there are, their CREATE statements, their texts.

Not here: running any of it (adapters/warehouse.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb

from last_mile.core.rubric import digest

_PACKAGED = Path(__file__).parent.parent / "sql"
SQL = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "sql"
TABLES = (
    "erasures", "erased_keys", "log_files", "conversation_logs", "outcome_logs", "label_logs",
    "day_changes", "conversations", "duplicate_lines", "rejected_lines", "conversation_texts",
    "heuristic_flags", "judge_batches", "judge_calls", "judge_verdicts", "judge_samples",
    "judge_skipped", "judge_flags", "flag_versions", "judge_grouping", "judge_epochs",
    "judge_bridge_samples", "judge_bridge", "flag_trends", "outcome_events", "known_up_to",
    "replaced_events", "outcomes",
    "labeled_conversations", "stat_cells", "human_labels", "label_plan", "judge_calibration",
    "lift_seen", "metric_lift", "segment_lift", "composite_lift", "release_comparison",
    "outcome_effects", "engagement_effects", "drift", "failure_modes", "failure_examples",
    "release_links", "quality_tiers", "tier_lift", "training_splits", "training_pool",
    "training_texts", "evaluation_texts", "training_overlaps", "pair_candidates", "sft_examples",
    "dpo_pairs", "kto_examples",
)  # fmt: skip

_PLACEHOLDER = re.compile(r"\{\{ (\w+) \}\}")


@cache
def table_definitions() -> dict[str, str]:
    """The CREATE statement of every table and view, in the reading order of the pipeline."""
    with duckdb.connect() as parser:
        return {
            table: str(
                parser.extract_statements(table_text(table).partition("\ninsert ")[0])[0].query
            )
            for table in TABLES
        }


@cache
def table_columns() -> dict[str, dict[str, str]]:
    """Names and types of the columns of every table."""
    with duckdb.connect() as database:
        for statement in table_definitions().values():
            database.execute(statement)
        rows = database.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "join duckdb_tables() using (table_name)"
        ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, name, kind in rows:
        columns.setdefault(table, {})[name] = kind
    return columns


def table_text(table: str) -> str:
    """The text of a table's own file."""
    return (SQL / f"{table}.sql").read_text("utf-8")


def table_version(table: str) -> str | None:
    """First 16 hex digits of the hash of a table's own file; None without one."""
    return digest(table_text(table)) if table in TABLES else None


def insert_as_incoming(text: str) -> str:
    """The file's `insert into … by name` as a temporary table `incoming` of the same rows."""
    _, _, insert = text.partition("\ninsert into ")
    _, _, select = insert.partition(" by name\n")
    return f"create or replace temp table incoming as\n{select}"


def query_text(query: str) -> str | None:
    """The text of a query in sql/reads/, sql/checks/ or sql/landing/, or None."""
    files = (SQL / folder / f"{query}.sql" for folder in ("reads", "checks", "landing"))
    return next((file.read_text("utf-8") for file in files if file.is_file()), None)


def past_text(table: str) -> str:
    """The text of sql/as_of/: the rows of a table that were known at `$as_of`."""
    return (SQL / "as_of" / f"{table}.sql").read_text("utf-8")


@cache
def sql_digest() -> str:
    """First 16 hex digits of the hash of all SQL: what tables are made by."""
    files = sorted(SQL.rglob("*.sql"))
    return digest([[str(file.relative_to(SQL)), file.read_text("utf-8")] for file in files])


def fill(text: str, fragments: Mapping[str, str] | None) -> str:
    """The text with its `{{ name }}` replaced by fragments made in core/fragments.py.

    One pass, so that a value that looks like a placeholder stays a value.
    """
    return _PLACEHOLDER.sub(lambda found: fragments[found[1]], text) if fragments else text
