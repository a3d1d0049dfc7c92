"""Where column values come from: the file of the package is current, true, and fits the graph."""

from __future__ import annotations

import pytest

from last_mile.adapters.sql_files import TABLES, table_columns, table_text
from last_mile.adapters.table_story import lineage, static_metadata, told_sources
from last_mile.adapters.table_story.lineage import LINEAGE
from last_mile.definitions import defs
from last_mile_tests.column_lineage import lineage_text
from last_mile_tests.column_lineage.by_hand import BY_HAND
from last_mile_tests.tables_page import PAGE, tables_page

RUBRIC = "<"
NOT_DECLARED = {("human_labels", "conversation_logs")}  # only for ids of traces that labels name


def test_the_file_is_what_the_sql_says_now() -> None:
    again = "python -m last_mile_tests.column_lineage"
    assert LINEAGE.read_text("utf-8") == lineage_text(), f"write it again: {again}"


def test_the_page_of_tables_is_current() -> None:
    again = "python -m last_mile_tests.tables_page"
    assert PAGE.read_text("utf-8") == tables_page(), f"write it again: {again}"


def test_every_column_named_is_one() -> None:
    columns = table_columns()
    for table, found in lineage().items():
        own = {name for name in found if not name.startswith(RUBRIC)}
        assert own <= set(columns.get(table, own)), table
        for source in {source for sources in found.values() for source in sources}:
            of, _, name = source.partition(".")
            assert name.startswith(RUBRIC) or name in columns[of], source


def test_an_asset_has_values_only_of_tables_above_it() -> None:
    graph = defs().resolve_asset_graph()
    assets = {key.to_user_string(): key for key in graph.get_all_asset_keys()}
    for table, found in lineage().items():
        if table in assets:
            above = {key.to_user_string() for key in graph.get_ancestor_asset_keys(assets[table])}
            used = {source.partition(".")[0] for sources in found.values() for source in sources}
            hidden = {(table, source) for source in used & set(assets) - above}
            assert hidden <= NOT_DECLARED


def test_no_table_is_told_by_hand_that_sql_can_tell() -> None:
    made_by_sql = {"duplicate_lines"}  # but for the column that an `exists` makes
    assert made_by_sql == set(BY_HAND) & {
        table for table in TABLES if _holds_an_insert(table) and table != "training_texts"
    }


@pytest.mark.parametrize(
    ("table", "column", "sources"),
    [
        # through a `union all by name`: the sides list their columns in another order
        ("conversations", "day", {"conversation_logs.started_at"}),
        # by an alias that is used in the same select, and a join
        ("judge_flags", "flag", {"judge_verdicts.flag", "judge_verdicts.quote_match"}),
        # a value of the rubric for every row
        ("judge_flags", "epoch", set()),
        ("stat_cells", "event", {
            "labeled_conversations.<outcome>__event_day",
            "labeled_conversations.<outcome>__seen_days",
        }),
        # through a view
        ("replaced_events", "event_id", {"outcome_logs.event_id"}),
        ("sft_examples", "row_id", {"training_texts.prompt", "training_texts.answer"}),
        ("dpo_pairs", "chosen", {"training_texts.answer"}),
    ],
)  # fmt: skip
def test_a_value_comes_from(table: str, column: str, sources: set[str]) -> None:
    assert set(lineage()[table].get(column, ())) == sources


def test_dagster_is_told_of_assets_and_of_columns_that_every_installation_has() -> None:
    told = static_metadata("stat_cells")["dagster/column_lineage"].deps_by_column
    assert [(d.asset_key.to_user_string(), d.column_name) for d in told["day"]] == [
        ("labeled_conversations", "day")
    ]
    assert "event" not in told  # of columns that are the rubric's
    assert (
        "judge_weight"
        not in static_metadata("labeled_conversations")["dagster/column_lineage"].deps_by_column
    )  # of judge_samples, which is no asset


def test_many_sources_are_told_by_their_tables() -> None:
    assert told_sources("conversations", "day") == "`conversation_logs.started_at`"
    assert told_sources("conversations", "messages") == "`conversation_logs`, `outcome_logs`"
    assert told_sources("label_plan", "seed") == ""


def _holds_an_insert(table: str) -> bool:

    return " by name\n" in table_text(table)
