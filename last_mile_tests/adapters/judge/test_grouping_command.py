"""The comparison of groupings: a judge that is worse in one call is found out, an equal one not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.judge.comparison import compare_groupings, newest_comparison
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli.grouping_view import show_grouping
from last_mile.core.rubric import Grouping
from last_mile.errors import UserError
from last_mile_tests.adapters.judge.world import (
    asking,
    assert_books_balance,
    calls,
    change,
    judge,
    judged_world,
    spent_nano,
    use_rubric,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.judge_server.replies import Answer
from last_mile_tests.scenario import READING, label, write_drop

NOW = datetime(2026, 1, 9, 12, 0, tzinfo=UTC)
METRICS = ("polite", "wordy", "brief")
RUBRIC = asking(*METRICS)
KEY = ["grouping", "metric"]


def _number(shown: dict[str, Any]) -> int:
    return int(shown["messages"][0]["content"].rpartition(" ")[2])


def _right(number: int, metric: str) -> bool:
    """A metric's answer about the conversation of a number: true for every second one."""
    return (number + METRICS.index(metric)) % 2 == 0


def _said(answers: dict[str, bool]) -> dict[str, Answer]:
    return {name: ("t" if yes else "f", 9, None, None) for name, yes in answers.items()}


def equal(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """However it is asked, a judge is right."""
    return _said({name: _right(_number(shown), name) for name in ids if name in METRICS})


def worse_at_once(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """Asked three questions at once, it is wrong about every third conversation."""
    asked, number = [name for name in ids if name in METRICS], _number(shown)
    wrong = len(asked) > 2 and number % 3 == 0
    return _said({name: _right(number, name) is not wrong for name in asked})


def worse_alone(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """Asked one question, it is wrong about every third conversation."""
    asked, number = [name for name in ids if name in METRICS], _number(shown)
    wrong = len(asked) == 1 and number % 3 == 0
    return _said({name: _right(number, name) is not wrong for name in asked})


def forgetful_at_once(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """Asked three questions at once, it leaves out the last, and answers no repair either."""
    answers = equal(ids, shown)
    if "list_has_two" not in ids:  # a repair asks for what is missing only
        return {}
    return {name: answers[name] for name in list(answers)[:2]} if len(answers) > 2 else answers


def compare(
    warehouse: Warehouse, *groupings: Grouping, sample: int = 100, run: str = "g1", minute: int = 0
) -> dict[str, dict[str, Any]]:
    """The rows over all metrics, by grouping."""
    at = NOW.replace(minute=minute)
    frame = compare_groupings(warehouse, groupings or ("all",), sample, run, at)
    assert frame.sort(KEY).equals(newest_comparison(warehouse).sort(KEY), null_equal=True)
    return {row["grouping"]: row for row in frame.filter(metric="all").iter_rows(named=True)}


def _labelled_world(folder: Path, n: int, labelled: int) -> Warehouse:
    """A world in which people gave the right answers about the last conversations."""
    warehouse = judged_world(folder, n, rubric=RUBRIC)
    labels = [
        label(f"c{number:03d}", metric=metric, value=str(int(_right(number, metric))))
        for number in range(n - labelled, n)
        for metric in METRICS
    ]
    write_drop(folder / "labels", labels=labels)
    land(warehouse, folder / "labels", "labels", READING)
    return warehouse


def test_a_judge_that_is_worse_in_one_call_is_asked_one_question_a_call(
    tmp_path: Path, server: JudgeServer
) -> None:
    server.answerer = worse_at_once
    rows = compare(judged_world(tmp_path, 24, rubric=RUBRIC), "all", 2)
    # 8 of 24 conversations are wrong in all 3 answers: 48 of 72 agree; half are true, kappa 1/3
    assert (rows["all"]["n"], rows["all"]["n_agree"]) == (72, 48)
    assert rows["all"]["kappa"] == pytest.approx(1 / 3)
    assert rows["all"]["reason"] == "disagrees_with_one"
    # in two groups (2 questions and 1) it is as good as alone, for 2 calls instead of 3
    assert [g for g, row in rows.items() if row["recommended"]] == ["2"]
    assert (rows["all"]["calls"], rows["2"]["calls"], rows["one"]["calls"]) == (24, 48, 72)
    alone = compare(judged_world(tmp_path / "again", 24, rubric=RUBRIC))
    assert [g for g, row in alone.items() if row["recommended"]] == ["one"]
    assert alone["all"]["usd_per_1000"] < alone["one"]["usd_per_1000"]


def test_a_judge_that_is_as_good_in_one_call_is_asked_everything_at_once(
    tmp_path: Path, server: JudgeServer
) -> None:
    server.answerer = equal
    warehouse = judged_world(tmp_path, 24, rubric=RUBRIC)
    rows = compare(warehouse)
    assert [g for g, row in rows.items() if row["recommended"]] == ["all"]
    assert (rows["all"]["kappa"], rows["all"]["reason"]) == (1.0, "agrees_with_one")
    assert rows["all"]["usd_per_1000"] < rows["one"]["usd_per_1000"]
    # what is said of the two is the whole bill: 24 conversations
    of_1000 = sum(row["usd_per_1000"] for row in rows.values())
    assert of_1000 * 24 / 1000 == pytest.approx(server.paid_nano / 1e9)
    assert_books_balance(warehouse, server)


def test_a_second_comparison_makes_no_call_and_adds_its_rows(
    tmp_path: Path, server: JudgeServer
) -> None:
    server.answerer = equal
    warehouse = judged_world(tmp_path, 24, rubric=RUBRIC)
    first = compare(warehouse, "all", 2, run="g1")
    made = server.calls
    second = compare(warehouse, "all", 2, run="g2", minute=1)
    assert server.calls == made == 24 * (1 + 2 + 3)
    assert [{**row, "compared_at": None} for row in first.values()] == [
        {**row, "compared_at": None} for row in second.values()
    ]
    table = warehouse.read("judge_grouping")
    assert table.height == 2 * 3 * (1 + len(METRICS))
    assert table.filter("recommended").height == 2 * (1 + len(METRICS))


def test_the_run_that_follows_is_not_asked_what_the_comparison_paid_and_the_other_way_round(
    tmp_path: Path, server: JudgeServer
) -> None:
    server.answerer = equal
    warehouse = judged_world(tmp_path, 30, rubric=RUBRIC)
    compare(warehouse, sample=20)
    assert server.calls == 20 * (1 + 3)
    assert judge(warehouse).calls == 10  # in one call, about the ten that were not drawn
    rows = compare(warehouse, sample=30, run="g2", minute=1)
    assert server.calls == 30 * (1 + 3)
    assert (rows["all"]["calls"], rows["all"]["n_conversations"]) == (30, 30)  # of three runs


def test_every_try_counts_as_cost_of_its_grouping(tmp_path: Path, server: JudgeServer) -> None:
    server.answerer = equal
    server.faults = ["malformed"]  # paid, and asked again: `all` is asked first
    warehouse = judged_world(tmp_path, 20, rubric=RUBRIC)
    rows = compare(warehouse)
    assert (rows["all"]["calls"], rows["one"]["calls"]) == (21, 60)
    by_epoch = calls(warehouse).group_by("epoch").agg(pl.col("cost_nano").sum())
    paid = dict(by_epoch.iter_rows())
    for row in rows.values():
        assert row["usd_per_1000"] == pytest.approx(paid[row["epoch"]] / 1e9 / 20 * 1000)


def test_answers_that_one_call_leaves_out_speak_against_it(
    tmp_path: Path, server: JudgeServer
) -> None:
    server.answerer = forgetful_at_once
    rows = compare(judged_world(tmp_path, 20, rubric=RUBRIC))
    whole = rows["all"]
    # the third of three answers is missing everywhere, the others are the same
    assert (whole["n"], whole["n_agree"], whole["n_lost"], whole["n_unscored"]) == (40, 40, 20, 20)
    assert (whole["reason"], rows["one"]["recommended"]) == ("loses_answers", True)


def test_positives_without_their_quote_count_as_the_rubric_says(
    tmp_path: Path, server: JudgeServer
) -> None:
    server.answerer = equal  # gives no quotes
    rubric = asking(*METRICS, unverified="unscored")
    rows = compare(judged_world(tmp_path, 20, rubric=rubric))
    # half of 60 answers are positives, set aside in both groupings
    assert [(row["n"], row["n_unscored"]) for row in rows.values()] == [(30, 30), (30, 30)]
    assert rows["all"]["reason"] == "no_variation"


def test_labelled_conversations_are_drawn_first(tmp_path: Path, server: JudgeServer) -> None:
    server.answerer = equal
    warehouse = _labelled_world(tmp_path, 60, labelled=15)
    rows = compare(warehouse, sample=25)
    asked = set(verdicts(warehouse)["conversation_id"])
    assert {f"c{number:03d}" for number in range(45, 60)} <= asked
    assert len(asked) == 25
    assert [row["n_labelled"] for row in rows.values()] == [45, 45]  # too few to decide
    assert rows["all"]["label_kappa"] == 1.0
    assert rows["all"]["reason"] == "agrees_with_one"


def test_people_overrule_the_agreement_with_one_question_a_call(
    tmp_path: Path, server: JudgeServer
) -> None:
    server.answerer = worse_alone
    rows = compare(_labelled_world(tmp_path, 36, labelled=36))
    # 108 labelled answers; alone, 12 of 36 conversations are wrong: kappa 1/3 against people
    assert [row["n_labelled"] for row in rows.values()] == [108, 108]
    assert rows["one"]["label_kappa"] == pytest.approx(1 / 3)
    assert rows["all"]["kappa"] == pytest.approx(1 / 3)
    assert (rows["all"]["label_kappa"], rows["all"]["reason"]) == (1.0, "as_good_by_labels")
    assert rows["all"]["recommended"]


def test_a_cap_leaves_a_comparison_of_what_every_grouping_answered(
    tmp_path: Path, server: JudgeServer
) -> None:
    server.answerer = equal
    whole = judged_world(tmp_path / "whole", 100, rubric=RUBRIC)
    compare(whole)
    cap = 0.6 * spent_nano(whole) / 1e9
    warehouse = judged_world(tmp_path / "capped", 100, rubric=RUBRIC, cap_usd=cap)
    rows = compare(warehouse)
    assert rows["one"]["n_sampled"] == 100
    assert 20 <= rows["one"]["n_conversations"] < 100
    assert rows["all"]["n_conversations"] == rows["one"]["n_conversations"]
    assert rows["all"]["n"] == 3 * rows["one"]["n_conversations"]
    assert spent_nano(warehouse) <= cap * 1e9


@pytest.mark.parametrize(
    ("caps", "named"), [({"cap_usd": 0.002}, "--cap-usd"), ({"month_cap_usd": 0.002}, "--month-")]
)
def test_a_cap_that_leaves_too_little_is_named(
    tmp_path: Path, server: JudgeServer, caps: dict[str, float], named: str
) -> None:
    warehouse = judged_world(tmp_path, 30, rubric=RUBRIC)
    change(warehouse, **caps)
    with pytest.raises(UserError, match=f"20 are needed; the cap of .0.002 .*{named}"):
        compare(warehouse)
    assert warehouse.read("judge_grouping").is_empty()
    assert server.calls


def test_a_judge_that_refuses_ends_the_comparison_and_its_answers_are_kept(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 24, rubric=RUBRIC)
    server.faults = ["honest"] * 5 + ["401"] * 100
    with pytest.raises(UserError, match="refuses every call"):
        compare(warehouse)
    assert verdicts(warehouse).height == 5 * 3
    server.faults = []
    compare(warehouse, run="g2")
    assert_books_balance(warehouse, server)


def test_the_comparison_is_online_even_where_runs_are_by_batch(
    tmp_path: Path, server: JudgeServer
) -> None:
    compare(judged_world(tmp_path, 20, rubric=RUBRIC, batch=True, precision=0.4))
    assert (server.calls, len(server.batches.made)) == (20 * (1 + 3), 0)


@pytest.mark.parametrize(
    ("settings", "metrics", "groupings", "sentence"),
    [
        ({"judge": "recorded"}, METRICS, ("all",), "recorded verdicts were not asked"),
        ({"judge": "recorded:gpt"}, METRICS, ("all",), "recorded verdicts were not asked"),
        ({}, ("polite",), ("all",), "1 judged metrics; groupings need two"),
        ({}, METRICS, ("all", 3), "3 groups of 3 judged metrics are all or one"),
        ({}, METRICS, (1,), "give 2 to 2"),
    ],
    ids=["recorded", "recorded_by", "one_metric", "as_many_groups", "one_group"],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_asked(
    tmp_path: Path,
    server: JudgeServer,
    settings: dict[str, str],
    metrics: tuple[str, ...],
    groupings: tuple[Grouping, ...],
    sentence: str,
) -> None:
    warehouse = judged_world(tmp_path, 20, rubric=asking(*metrics))
    change(warehouse, **settings)
    with pytest.raises(UserError, match=sentence):
        compare(warehouse, *groupings)
    assert server.calls == 0


@pytest.mark.parametrize(("n", "sample"), [(19, 100), (30, 19)])
def test_too_few_conversations_are_refused(
    tmp_path: Path, server: JudgeServer, n: int, sample: int
) -> None:
    with pytest.raises(UserError, match="19 conversations are too few"):
        compare(judged_world(tmp_path, n, rubric=RUBRIC), sample=sample)
    assert server.calls == 0


def test_a_changed_question_leaves_no_comparison_that_is_current(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 20, rubric=RUBRIC)
    assert newest_comparison(warehouse).is_empty()
    compare(warehouse)
    use_rubric(tmp_path, asking(*METRICS, "short"))
    assert newest_comparison(warehouse).is_empty()


def test_the_rules_judge_is_free_and_asked_in_as_few_calls_as_are_acceptable(
    tmp_path: Path,
) -> None:
    warehouse = judged_world(tmp_path, 20, rubric=RUBRIC, judge="rules")
    rows = compare(warehouse)
    assert [row["usd_per_1000"] for row in rows.values()] == [0.0, 0.0]


def test_what_is_shown_ends_with_the_recommendation(
    tmp_path: Path, server: JudgeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answerer = equal
    warehouse = judged_world(tmp_path, 24, rubric=RUBRIC)
    frame = compare_groupings(warehouse, ("all", 2), 24, "g1", NOW)
    show_grouping(frame)
    lines = capsys.readouterr().out.splitlines()
    whole = next(line for line in lines if line.startswith("all (recommended) "))
    cost = frame.filter(grouping="all", metric="all")["usd_per_1000"].item()
    assert whole.split()[2:7] == ["24", f"{cost:.4f}", "72", "100.0", "%"]
    assert "…" not in whole
    assert any(line.startswith("wordy") and line.count("1.00 [") == 2 for line in lines)
    assert lines[-1].startswith("Recommended: all questions in one call")
    assert lines[-1].endswith("Compared on 24 of 24 sampled conversations.")
