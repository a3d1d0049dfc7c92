"""The rubric's parts of the SQL, executed in DuckDB: what they count, quotes in their values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import (
    attribute_strata,
    judge_fragments,
    label_fragments,
    outcome_fragments,
    quoted,
    recorded_fragments,
    sampling_fragments,
    wide_columns,
    wide_fragments,
)
from last_mile.core.rubric import Rubric
from last_mile.core.training.fragments import tier_fragments
from last_mile_tests.scenario import (
    DAY,
    DAYS,
    conversation,
    label,
    landed,
    metric,
    outcome,
    rubric,
    write_drop,
)


def _values(values: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"from (values {values})").fetchall()


def _wide(columns: str, rows: Sequence[tuple[Any, ...]]) -> duckdb.DuckDBPyConnection:
    """A connection with a table labeled_conversations of these columns and rows."""
    connection = duckdb.connect()
    connection.execute(f"create table labeled_conversations ({columns})")
    marks = ", ".join("?" for _ in rows[0])
    connection.executemany(f"insert into labeled_conversations values ({marks})", rows)
    return connection


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_any_text_comes_back_from_its_literal(text: str) -> None:
    assert _values(f"({quoted(text)})") == [(text,)]


def test_no_text_is_null() -> None:
    assert quoted(None) == "null"


def test_a_quote_in_a_text_cannot_end_its_literal() -> None:
    attack = "x'); drop table conversations; --"
    assert _values(f"({quoted(attack)})") == [(attack,)]


def test_judged_metrics_come_with_the_hash_of_their_definition() -> None:
    made = judge_fragments(rubric(), "it's an epoch")
    robotic, polite = rubric().judged
    assert _values(made["metrics"]) == [
        ("robotic", robotic.definition_hash),
        ("polite", polite.definition_hash),
    ]
    assert _values(f"({made['epoch']})") == [("it's an epoch",)]


@pytest.mark.parametrize(("unverified", "literal"), [("keep", False), ("unscored", True)])
def test_the_rubric_says_whether_a_positive_without_its_quote_counts(
    unverified: str, literal: bool
) -> None:
    made = judge_fragments(rubric(judge={"unverified": unverified}), "e")
    assert _values(f"({made['unverified_is_unscored']})") == [(literal,)]


def test_without_judged_metrics_the_list_joins_to_nothing() -> None:
    only = rubric(metrics=[m for m in rubric().metrics if m.kind == "heuristic"], tiers=[])
    assert _values(judge_fragments(only, "e")["metrics"]) == [(None, None)]


def test_outcome_kinds_come_with_horizon_threshold_and_who_decides_them() -> None:
    kinds = [
        {"id": "stars", "horizon_days": 0, "at_least": 3.5},
        {"id": "hired", "horizon_days": 10, "decided_by": "task", "attribution": "first"},
    ]
    assert _values(outcome_fragments(rubric(outcomes=kinds))["kinds"]) == [
        ("stars", 0, 3.5, "conversation", "last"),
        ("hired", 10, 1.0, "task", "first"),
    ]


def test_labels_answer_the_metric_of_their_name_unless_the_rubric_says_otherwise() -> None:
    source = {"metric": "it's robotic", "value": "y'all", "annotator": "o'neill"}
    named = rubric(metrics=[metric("robotic", labels=source), metric("polite")], tiers=[])
    assert _values(label_fragments(named)["label_sources"]) == [
        ("robotic", "it's robotic", "y'all", "o'neill"),
        ("polite", "polite", None, None),
    ]


def test_recorded_verdicts_are_of_judged_metrics_only() -> None:
    source = {"metric": "robot", "value": "yes"}
    judged = metric("robotic", recorded=source)
    own_draft = rubric().heuristics[0]
    named = rubric(metrics=[own_draft, judged], tiers=[])
    assert _values(recorded_fragments(named)["label_sources"]) == [
        ("robotic", "robot", "yes", None)
    ]
    assert _values(f"({recorded_fragments(named)['annotator']})") == [(None,)]


def test_recorded_verdicts_may_be_those_of_one_annotator_alone() -> None:
    made = recorded_fragments(rubric(), "o'neill")
    assert _values(f"({made['annotator']})") == [("o'neill",)]


def _strata(rows: Sequence[tuple[Any, ...]], **over: Any) -> list[str]:
    """The stratum of conversations of (category, attributes)."""
    connection = duckdb.connect()
    connection.execute("create table conversations (category varchar, attributes json)")
    connection.executemany("insert into conversations values (?, ?)", rows)
    stratum = sampling_fragments(rubric(**over))["stratum"]
    return [
        text for (text,) in connection.execute(f"select {stratum} from conversations").fetchall()
    ]


def test_a_stratum_is_all_strata_of_the_rubric_with_a_dash_for_what_is_not_known() -> None:
    rows = [
        ("web", '{"history": "it\'s new"}'), ("web", "{}"), (None, '{"history": "old"}'),
        (None, None),
    ]  # fmt: skip
    found = _strata(rows, strata=["category", "attributes.history"])
    assert found == ["web / it's new", "web / -", "- / old", "- / -"]


def test_without_strata_all_conversations_are_one() -> None:
    assert _strata([("web", "{}"), (None, None)], strata=[]) == ["all", "all"]


@pytest.mark.parametrize(
    ("own_draft", "robotic", "tier", "rule", "train"),
    [
        (True, False, "best", "own_draft and not robotic", "desirable"),
        (True, True, "poor", "robotic", "undesirable"),
        (False, False, "ordinary", None, None),
        # robotic is not known: `best` is neither met nor refuted, so no rule matches
        (True, None, "ordinary", None, None),
        (None, None, "ordinary", None, None),
    ],
)
def test_the_first_tier_whose_rule_is_met_is_chosen(
    own_draft: bool | None, robotic: bool | None, tier: str, rule: str | None, train: str | None
) -> None:
    cases = tier_fragments(rubric())
    connection = _wide(
        "own_draft boolean, robotic boolean, polite boolean", [(own_draft, robotic, None)]
    )
    query = (
        f"select case {cases['tier_cases']} else 'ordinary' end, case {cases['rule_cases']} end, "
        f"case {cases['train_cases']} end from labeled_conversations"
    )
    assert connection.execute(query).fetchall() == [(tier, rule, train)]


def test_of_several_rules_of_a_tier_the_one_that_matched_is_named() -> None:
    tiers = [
        {
            "tier": "poor",
            "reason": name,
            "when": f"{name} and not own_draft",
            "train": "undesirable",
        }
        for name in ("robotic", "polite")
    ]
    cases = tier_fragments(rubric(tiers=tiers))
    rows = [(False, True, True), (False, False, True), (True, True, True)]
    connection = _wide("own_draft boolean, robotic boolean, polite boolean", rows)
    query = f"select case {cases['reason_cases']} end from labeled_conversations"
    assert connection.execute(query).fetchall() == [("robotic",), ("polite",), (None,)]


def test_a_rubric_without_tiers_puts_everything_in_the_ordinary_tier() -> None:
    cases = tier_fragments(rubric(tiers=[]))
    made = duckdb.sql(f"select case {cases['tier_cases']} else 'ordinary' end").fetchall()
    assert made == [("ordinary",)]


def _labeled(
    tmp_path: Path, small: Rubric, drops: Path, samples: Sequence[dict[str, Any]] = ()
) -> Warehouse:
    """The wide table of one day, without flags of heuristics."""
    warehouse = landed(tmp_path / "home", drops)
    if samples:
        warehouse.keep("judge_samples", pl.DataFrame(samples))
    warehouse.build("conversations", DAYS)
    warehouse.build("outcome_events", DAYS._replace(end=DAYS.end.replace(month=3)))
    warehouse.build("judge_flags", DAYS, judge_fragments(small, "e"))
    warehouse.build("outcomes", DAYS, outcome_fragments(small))
    warehouse.build("labeled_conversations", DAYS, wide_fragments(small), wide_columns(small))
    return warehouse


def test_the_wide_table_has_a_column_per_stratum_flag_and_outcome(tmp_path: Path) -> None:
    small = rubric(strata=["category", "attributes.history", "model"])
    drops = write_drop(
        tmp_path / "drops",
        [
            conversation("c1", attributes={"history": "it's new"}),
            conversation("c2", history="old"),
            conversation("c3"),
        ],
        # c1: hired in time. c2: 15 days later, after the horizon of 10 days. As of 20 January.
        [
            outcome("c1"),
            outcome("c2", occurred_at="2026-01-20T10:00:00Z"),
        ],
    )
    rows = _labeled(tmp_path, small, drops).read("labeled_conversations").sort("conversation_id")
    assert rows["history"].to_list() == ["it's new", "old", None]
    assert rows["hired"].to_list() == [True, False, False]
    assert rows["interviewed"].to_list() == [False, False, False]
    assert rows["robotic"].to_list() == [None, None, None]  # nothing was judged: not false
    assert attribute_strata(small) == {"history": "history"}


def _sample(conversation_id: str, **over: Any) -> dict[str, Any]:
    """A row of judge_samples, of the epoch of `_labeled`."""
    row = {"day": DAY, "epoch": "e", "stratum": "m1", "weight": 2.5}
    return {"conversation_id": conversation_id, **row, **over}


def test_judged_flags_have_the_weight_of_the_sample_of_their_epoch_and_day(tmp_path: Path) -> None:
    drops = write_drop(tmp_path / "drops", [conversation(f"c{i}") for i in range(1, 5)])
    samples = [
        _sample("c1"),
        _sample("c1", epoch="earlier", weight=40.0),
        _sample("c2", epoch="earlier"),  # judged whole in this epoch
        _sample("c3", day=DAY.replace(day=4)),  # of the day it was on before
    ]
    rows = _labeled(tmp_path, rubric(), drops, samples).read("labeled_conversations")
    weight = dict(rows.select("conversation_id", "judge_weight").iter_rows())
    assert weight == {"c1": 2.5, "c2": 1.0, "c3": 1.0, "c4": 1.0}


def test_without_judged_metrics_every_weight_is_one(tmp_path: Path) -> None:
    only = rubric(metrics=[m for m in rubric().metrics if m.kind == "heuristic"], tiers=[])
    drops = write_drop(tmp_path / "drops", [conversation("c1")])
    rows = _labeled(tmp_path, only, drops, [_sample("c1")]).read("labeled_conversations")
    assert rows["judge_weight"].to_list() == [1.0]


def test_a_sampled_conversation_stands_for_one_at_least(tmp_path: Path) -> None:
    warehouse = Warehouse(home=str(tmp_path))
    with pytest.raises(duckdb.ConstraintException):
        warehouse.keep("judge_samples", pl.DataFrame([_sample("c1", weight=0.99)]))


def test_an_open_outcome_is_null_and_not_false(tmp_path: Path) -> None:
    # The newest arrival is 9 January: the horizon of `hired` (10 days) is open for c2, and for c1
    # too, though its hire is known; that of `interviewed` (5 days) ends on 10 January
    drops = write_drop(
        tmp_path / "drops",
        [conversation("c1"), conversation("c2")],
        [outcome("c1", occurred_at="2026-01-09T10:00:00Z")],
    )
    warehouse = _labeled(tmp_path, rubric(), drops)
    rows = warehouse.read("labeled_conversations").sort("conversation_id")
    assert rows["hired"].to_list() == [None, None]
    assert rows["interviewed"].to_list() == [None, None]
    states = warehouse.read("outcomes").filter(pl.col("outcome") == "hired")
    assert states.sort("conversation_id")["state"].to_list() == ["positive", "open"]


def _human_labels(tmp_path: Path, answers: dict[str, list[str]]) -> dict[str, bool]:
    """What human_labels makes of the answers to each conversation, one a turn."""
    rows = [
        label(name, value=value, turn=turn)
        for name, values in answers.items()
        for turn, value in enumerate(values)
    ]
    drops = write_drop(tmp_path / "drops", [conversation()], labels=rows)
    warehouse = landed(tmp_path / "home", drops)
    warehouse.build("human_labels", fragments=label_fragments(rubric()))
    return dict(warehouse.read("human_labels").select("conversation_id", "label").iter_rows())


def test_a_human_label_is_true_when_any_answer_says_so(tmp_path: Path) -> None:
    answers = {"c1": ["1"], "c2": ["TRUE"], "c3": ["Yes"], "c4": ["0"], "c5": ["no", "false"]}
    truth = {"c1": True, "c2": True, "c3": True, "c4": False, "c5": False, "c6": True}
    assert _human_labels(tmp_path, {**answers, "c6": ["0", "1.0"]}) == truth


def test_a_human_answer_off_the_menu_is_no_label(tmp_path: Path) -> None:
    answers = {"c1": ["unsure"], "c2": ["not_applicable"], "c3": ["n/a"]}
    assert _human_labels(tmp_path, answers) == {}


def test_a_label_of_one_value_makes_the_metric_true_at_its_first_turn(tmp_path: Path) -> None:
    source = {"metric": "tone", "value": "like a robot's"}
    judged = rubric(metrics=[metric("robotic", recorded=source)], tiers=[])
    answers = [
        label("c1", metric="tone", annotator_kind="llm", value=value, turn=turn)
        for turn, value in ((1, "warm"), (3, "like a robot's"), (5, "like a robot's"))
    ]
    drops = write_drop(tmp_path / "drops", [conversation("c1"), conversation("c2")], labels=answers)
    warehouse = landed(tmp_path / "home", drops)
    warehouse.build("conversations", DAYS)
    found = warehouse.read("recorded_verdicts", DAYS, recorded_fragments(judged))
    assert found.select("conversation_id", "flag", "message_index").rows() == [("c1", "true", 3)]


@pytest.mark.parametrize("value", ["not_applicable"])
def test_a_recorded_answer_off_the_menu_is_never_false(tmp_path: Path, value: str) -> None:
    answers = [label("c1", annotator_kind="llm", value=value)]
    drops = write_drop(tmp_path / "drops", [conversation()], labels=answers)
    warehouse = landed(tmp_path / "home", drops)
    warehouse.build("conversations", DAYS)
    found = warehouse.read("recorded_verdicts", DAYS, recorded_fragments(rubric()))
    assert "false" not in found["flag"].to_list()
