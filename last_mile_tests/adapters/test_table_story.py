"""What the UI and docs/tables.md say about tables: columns, constraints, comments, their SQL."""

from __future__ import annotations

import time
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from last_mile.adapters.sql_files import TABLES, table_columns, table_definitions
from last_mile.adapters.table_story import described, live_schema, schema, static_metadata, story
from last_mile.adapters.table_story.create_table import read_table

ORDERS = """-- One row per order,
-- paid or not.
create table if not exists orders (
    id      varchar primary key,    -- ours
    "name"  varchar not null,
    parts   struct(sku varchar, n bigint)[] not null default [],  -- what is in it, in
                                    -- the order of the screen
    state   varchar not null check (state in ('new', 'a, b -- c'))
        check (state <> ''),        -- see `status_of`
    price   double,
    primary key (id, state),
    check ((price is null) = (state = 'new'))
);

insert into orders by name
from somewhere;
"""


def test_a_create_statement_is_read_with_its_comments() -> None:
    orders = read_table(ORDERS)
    assert orders.grain == "One row per order, paid or not."
    assert orders.constraints == (
        "primary key (id, state)", "check ((price is null) = (state = 'new'))",
    )  # fmt: skip
    key, name, parts, state, price = orders.columns
    assert (key.name, key.kind, key.nullable, key.primary_key) == ("id", "varchar", False, True)
    assert (name.name, name.nullable, name.comment) == ("name", False, "")
    assert parts.kind == "struct(sku varchar, n bigint)[]"
    assert parts.comment == "what is in it, in the order of the screen"
    assert state.checks == ("state in ('new', 'a, b -- c')", "state <> ''")
    assert state.comment == "see `status_of`"
    assert (price.nullable, price.checks) == (True, ())


def test_what_is_read_from_every_file_is_what_duckdb_makes_of_it() -> None:
    with duckdb.connect() as database:
        for statement in table_definitions().values():
            database.execute(statement)
        nullable = database.execute(
            "select table_name, column_name, is_nullable from duckdb_columns() "
            "join duckdb_tables() using (table_name)"
        ).fetchall()
        kinds = {
            kind: database.execute(f"select typeof(null::{kind})").fetchall()[0][0]
            for table in TABLES
            for kind in {column.kind for column in story(table).columns}
        }
        n_checks = dict(
            database.execute(
                "select table_name, count(*) from duckdb_constraints() "
                "where constraint_type = 'CHECK' group by all"
            ).fetchall()
        )
    read = [(t, c.name, c.nullable) for t in TABLES for c in story(t).columns]
    assert sorted(read) == sorted(nullable)
    for table, columns in table_columns().items():
        assert {c.name: kinds[c.kind] for c in story(table).columns} == columns
        checks = [check for c in story(table).columns for check in c.checks]
        checks += [rule for rule in story(table).constraints if rule.startswith("check")]
        assert len(checks) == n_checks.get(table, 0)


def test_every_column_says_what_it_is() -> None:
    assert [(t, c.name) for t in TABLES for c in story(t).columns if not described(c)] == []


def test_an_asset_shows_its_columns_and_links_to_its_sql() -> None:
    shown = static_metadata("quality_tiers")
    assert shown["dagster/table_name"] == "quality_tiers"
    assert shown["grain"].startswith("One row per conversation: its quality class")
    columns = {column.name: column for column in shown["dagster/column_schema"].columns}
    assert columns["conversation_id"].constraints.unique
    assert columns["day"].description == (
        "UTC day the conversation started  \nFrom `labeled_conversations.day`."
    )
    assert columns["train"].constraints.other == ["train in ('desirable', 'undesirable')"]
    (reference,) = shown["dagster/code_references"].code_references
    assert Path(reference.file_path).read_text("utf-8").startswith("-- One row per conversation")
    assert reference.label == "sql/quality_tiers.sql"


@pytest.mark.parametrize("files", ["report", "training_release"])
def test_an_asset_of_files_says_what_they_are_and_where_they_are_made(files: str) -> None:
    shown = static_metadata(files)
    assert "dagster/column_schema" not in shown
    assert shown["grain"].startswith("One ")
    (reference,) = shown["dagster/code_references"].code_references
    assert Path(reference.file_path).is_file()


def test_an_unknown_asset_is_no_table() -> None:
    with pytest.raises(KeyError, match="nothing"):
        static_metadata("nothing")


def test_columns_of_the_rubric_are_added_once_with_their_words() -> None:
    added = {"day": "date", "polite": "BOOLEAN", "hired": "boolean"}
    live = live_schema("labeled_conversations", added, {"polite": "Is it polite?"})
    columns = live["dagster/column_schema"].columns
    plain = schema("labeled_conversations").columns
    assert columns[: len(plain)] == plain
    assert columns[len(plain) :] == [
        dg.TableColumn("polite", "boolean", "Is it polite?"), dg.TableColumn("hired", "boolean"),
    ]  # fmt: skip


def test_markup_in_a_comment_is_no_markup() -> None:
    scope = {c.name: c for c in schema("metric_lift").columns}["scope"]
    assert (scope.description or "").startswith("all, model=\\<release> or surface=\\<surface>")


def test_telling_all_tables_takes_no_time() -> None:
    story.cache_clear()
    start = time.process_time()
    for table in TABLES:
        static_metadata(table)
    assert time.process_time() - start < 0.25  # 0.03 s; definitions are loaded by every process
