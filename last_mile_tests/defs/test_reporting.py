"""What a materialization shows: numbers as numbers, counts as tables, no word as markup."""

from __future__ import annotations

import base64
import re
from typing import Any

import dagster as dg
import polars as pl
import pytest

from last_mile.adapters.rubric_file import load_rubric
from last_mile.adapters.table_story.markdown import bar, code, number, svg_picture, table
from last_mile.core.fragments import cell_columns, wide_columns
from last_mile.core.lift.table import LIFT_SCHEMA
from last_mile.defs.reporting import counted, funnel, judge_told, lifts, prevalences, wide_schema

INLINE = 1_000  # characters of markdown that the UI shows without a click


def shown(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata with its markdown as text."""
    return {
        name: value.md_str if isinstance(value, dg.MarkdownMetadataValue) else value
        for name, value in metadata.items()
    }


def test_counts_by_name_are_a_table_with_the_largest_first() -> None:
    told = counted(3, by_reason={"b": 1, "a": 1, "bad_json": 1200}, files=2, none=None, empty={})
    assert shown(dict(told.metadata or {})) == {
        "dagster/row_count": 3,
        "by_reason": "|  | n |\n| --- | --: |\n| `bad_json` | 1,200 |\n| `a` | 1 |\n| `b` | 1 |",
        "files": 2,
    }


def test_the_rows_of_a_day_are_told_as_those_of_a_partition() -> None:
    days = dg.DailyPartitionsDefinition("2026-01-05", end_date="2026-01-07")

    @dg.asset(partitions_def=days)
    def of_a_day() -> dg.MaterializeResult:
        return counted(4)

    @dg.asset
    def of_all() -> dg.MaterializeResult:
        return counted(5)

    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([of_a_day], partition_key="2026-01-05", instance=instance)
        dg.materialize([of_all], instance=instance)
        found = {}
        for asset in (of_a_day, of_all):
            event = instance.get_latest_materialization_event(asset.key)
            assert event is not None
            assert event.asset_materialization is not None
            found[asset.key.to_user_string()] = {
                name: value.value for name, value in event.asset_materialization.metadata.items()
            }
    assert found == {
        "of_a_day": {"dagster/row_count": 4, "dagster/partition_row_count": 4},
        "of_all": {"dagster/row_count": 5},
    }


def test_a_prevalence_is_of_scored_conversations_and_a_number_for_the_plots() -> None:
    flags = [
        ("robotic", "true", 1), ("robotic", "false", 3), ("robotic", "unscored", 6),
        ("polite", "true", 2), ("polite", "false", 2), ("silent", "not_applicable", 9),
    ]  # fmt: skip
    told = shown(prevalences(flags))
    # 1 of 4: the six without an answer count in no share; a bar of 6 has 48 eighths, 12 = 1 1/2
    assert told.pop("prevalence").splitlines()[2:] == [
        "| `polite` | 50.0% | 4 | `███` |",
        "| `robotic` | 25.0% | 4 | `█▌` |",
        "| `silent` | - | 0 |  |",
    ]
    assert told == {"share/robotic": 0.25, "share/polite": 0.5}
    assert prevalences([]) == {}


def test_prevalences_of_the_shipped_rubric_show_without_a_click() -> None:
    rubric = load_rubric("proposals")
    for metrics in (rubric.heuristics, rubric.judged):
        flags = [(m.id, flag, 50_000) for m in metrics for flag in ("true", "false")]
        assert len(shown(prevalences(flags))["prevalence"]) < INLINE


def test_a_funnel_stands_in_its_order() -> None:
    told = shown(
        funnel([{"step": "lines", "n": 8}, {"step": "left", "n": 2}, {"step": "x", "n": 0}])
    )
    assert told["funnel"].splitlines()[2:] == [
        "| `lines` | 8 | `██████` |", "| `left` | 2 | `█▌` |", "| `x` | 0 | ` ` |",
    ]  # fmt: skip


def test_what_the_judge_cost_so_far_is_a_table_of_models() -> None:
    usage = {
        "judge": "openai/x", "mode": "batch", "n_conversations": 1000, "n_calls": 1010,
        "n_paid": 1005, "n_in_doubt": 5, "prompt_tokens": 7, "cost_usd": 0.1234,
        "usd_per_1000": 0.1234, "cache_share": 0.25, "unusable_share": None, "latency_p50_ms": None,
    }  # fmt: skip
    told = shown(judge_told({"calls": 3, "cost_usd": 0.5, "run_so_far": [usage]}))
    assert (told["calls"], told["cost_usd"]) == (3, 0.5)
    assert told["run_so_far"].splitlines() == [
        "|  | `openai/x` batch |",
        "| --- | --: |",
        "| conversations | 1,000 |",
        "| calls | 1,010 |",
        "| paid calls | 1,005 |",
        "| calls in doubt | 5 |",
        "| USD | 0.123 |",
        "| USD per 1,000 conversations | 0.123 |",
        "| tokens from cache | 25.0% |",
        "| unusable replies | - |",
        "| ms a call, median | - |",
    ]
    assert judge_told({"calls": 0, "run_so_far": []}) == {"calls": 0}


def lift(metric: str, rr: float | None, low: float | None, high: float | None, **over: Any) -> Any:
    return {
        "metric": metric, "outcome": "hired", "scope": "all", "n": 900, "n_scored": 800,
        "n_true": 100, "rr": rr, "rr_low": low, "rr_high": high, "verdict": "confirmed", **over,
    }  # fmt: skip


def test_the_surest_lifts_come_first_and_a_plot_shows_all() -> None:
    rows = pl.DataFrame(
        [
            lift("near", 1.1, 1.01, 1.2),
            lift("far", 9.0, 1.5, 50.0),  # its interval ends at 1.5
            lift("below", 0.5, 0.4, 0.6),  # at 1 / 0.6 = 1.67: further from 1 than `far`
            lift("unknown", None, None, None),
            lift("leaking", 5.0, 4.0, 6.0, leaks="it is the outcome"),
            lift("elsewhere", 5.0, 4.0, 6.0, outcome="paid"),
            lift("scoped", 5.0, 4.0, 6.0, scope="model=m1"),
        ],
        schema=LIFT_SCHEMA,
    )
    told = shown(lifts(rows, "hired"))
    assert told["surest_lifts"].splitlines()[2:] == [
        "| `below` | 0.50 | 0.40 | 0.60 | 100 | confirmed |",
        "| `far` | 9.00 | 1.50 | 50.00 | 100 | confirmed |",
        "| `near` | 1.10 | 1.01 | 1.20 | 100 | confirmed |",
    ]
    assert told["forest"].startswith("![relative risks of 3 metrics](data:image/svg+xml;base64,")
    assert len(told["forest"]) < 30_000
    picture, _, legend = told["forest"].partition("\n\n")
    assert legend == (
        "● confirmed: as expected · hollow: it could not be adjusted · small ○ above: crude"
    )
    drawn = base64.b64decode(picture.rpartition(",")[2].rstrip(")")).decode()
    figures = {text for text in re.findall(r">([^<>]*)</text>", drawn) if "(" in text}
    assert figures >= {"0.50 (0.40–0.60) crude", "1.10 (1.01–1.20) crude"}  # noqa: RUF001
    assert lifts(rows, "nothing") == {}


def test_columns_of_the_rubric_say_what_they_ask() -> None:
    rubric = load_rubric("proposals")
    for wide, added in (
        ("labeled_conversations", wide_columns(rubric)),
        ("stat_cells", cell_columns(rubric)),
    ):
        told = wide_schema(wide, added, rubric)["dagster/column_schema"].columns
        words = {column.name: column.description for column in told}
        assert set(added) <= set(words)
        of_metric = [words[name] for name in words if name.startswith("sounds_robotic")]
        assert of_metric
        assert all(of_metric)
    assert words["sounds_robotic__false"] == "conversations without it"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("a|b`c", "`a/b'c`"),
        ("<img src=x onerror=alert(1)>", "`<img src=x onerror=alert(1)>`"),
        ("two\nlines\x1b[31m", "`two lines [31m`"),
        ("", "`-`"),
        ("x" * 70, f"`{'x' * 59}…`"),
    ],
    ids=["cell", "html", "lines", "nothing", "long"],
)
def test_a_users_word_ends_neither_its_cell_nor_its_span(word: str, expected: str) -> None:
    assert code(word) == expected
    assert table(("what",), [[code(word)]]).count("\n") == 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "-"),
        (0, "0"),
        (12345, "12,345"),
        (0.00012, "0.00012"),
        (2.0, "2"),
        (float("nan"), "-"),
        (1234.4, "1,234"),
    ],
)
def test_a_number_is_short(value: float | None, expected: str) -> None:
    assert number(value) == expected


def test_a_bar_is_exact_to_an_eighth() -> None:
    # 6 characters are 48 eighths: 1/48 is one eighth, 0.5 is 24 of them
    assert [bar(share) for share in (None, 0.0, 1 / 48, 0.5, 1.0)] == [
        "", "` `", "`▏`", "`███`", "`██████`",
    ]  # fmt: skip


def test_a_picture_is_an_image_of_its_own_that_a_dark_page_leaves_legible() -> None:
    picture = svg_picture('<svg role="img"><g/></svg>', "a plot")
    head, data = picture.removesuffix(")").split(";base64,")
    assert head == "![a plot](data:image/svg+xml"
    assert base64.b64decode(data) == (
        b'<svg xmlns="http://www.w3.org/2000/svg" role="img">'
        b'<rect width="100%" height="100%" fill="white"/><g/></svg>'
    )
