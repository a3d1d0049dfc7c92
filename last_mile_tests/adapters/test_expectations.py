"""Checks by the real Great Expectations: what broke, how often, in which rows, and no values."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import polars as pl
import pytest

from last_mile.adapters.expectations import check_frame, run_check
from last_mile.adapters.installation import Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.expectation import (
    STAGE_CHECKS,
    Checked,
    Expectation,
    StageCheck,
    at_least,
    between,
    columns_of_rubric,
    equal,
    none,
    one_of,
    present,
    unique,
)
from last_mile.core.judge.reply import Verdict, given_by, verdicts_of
from last_mile_tests.scenario import DAY, DAYS, message

SECRET = "a text nobody should see"
FRAME = pl.DataFrame(
    {
        "row": ["r1", "r2", "r3", "r4"],
        "name": ["a", SECRET, SECRET, None],
        "left": [1, 2, 3, 4],
        "right": [1, 2, 30, 40],
        "share": [0.5, 1.0, 1.5, None],
    }
)


def _check(expectation: Expectation, frame: pl.DataFrame = FRAME) -> Checked:
    (checked,) = check_frame(frame, [expectation], "row")
    return checked


@pytest.mark.parametrize(
    ("expectation", "broken", "rows"),
    [
        (present("row")[0], 0, []),
        (present("name")[0], 1, ["r4"]),
        (unique("row"), 0, []),
        (unique("name"), 2, ["r2", "r3"]),
        (equal("left", "left"), 0, []),
        (equal("left", "right"), 2, ["r3", "r4"]),
        (between("share", 0, 1.5), 0, []),
        (between("share", 0, 1), 1, ["r3"]),
        (between("left", 2, None), 1, ["r1"]),
        (between("left", 0, 0), 4, ["r1", "r2", "r3", "r4"]),
        (at_least("right", "left"), 0, []),
        (at_least("left", "right"), 2, ["r3", "r4"]),
        (one_of("row", "r1", "r2", "r3", "r4"), 0, []),
        (one_of("row", "r1", "r2"), 2, ["r3", "r4"]),
    ],
)
def test_failing_rows_are_counted_and_named_by_their_id(
    expectation: Expectation, broken: int, rows: list[str]
) -> None:
    checked = _check(expectation)
    assert (checked.passed, checked.broken, checked.examples) == (broken == 0, broken, rows)


def test_a_result_holds_no_values_of_the_rows() -> None:
    for expectation in (unique("name"), equal("name", "row")):
        assert SECRET not in str(_check(expectation))


def test_a_result_says_what_was_expected() -> None:
    checked = _check(between("share", 0, 1))
    assert checked.words == "share lies in 0 to 1"
    assert checked.sentence() == "share lies in 0 to 1 is not so in 1 of 4 rows (\u2039r3\u203a)"


def test_what_a_row_counts_is_added_up_and_named() -> None:
    sums = pl.DataFrame(
        {
            "metric": ["robotic", "polite", "brief"],
            "n": [10, 10, 10],
            "n_missing": [2, 0, 7],
            "n_missing__ids": [["c1", "c2"], None, ["c1", "c3", "c4", "c5", "c6"]],
        }
    )
    (checked,) = check_frame(sums, [none("n_missing", "gaps")], "metric", "n")
    assert (checked.looked_at, checked.broken) == (30, 9)
    assert checked.examples == [
        "robotic: c1", "robotic: c2", "brief: c1", "brief: c3", "brief: c4"
    ]  # fmt: skip
    (alone,) = check_frame(sums.head(1), [none("n_missing", "gaps")], "metric", "n")
    assert alone.sentence() == "gaps: 2 (\u2039c1\u203a, \u2039c2\u203a)"


def test_what_is_counted_without_names_is_named_by_its_row() -> None:
    checked = _check(none("left", "gaps"))
    assert (
        checked.sentence()
        == "gaps: 10 (\u2039r1\u203a, \u2039r2\u203a, \u2039r3\u203a, \u2039r4\u203a)"
    )  # 1 + 2 + 3 + 4


def test_a_name_is_shown_on_one_line_and_not_at_any_length() -> None:
    odd = pl.DataFrame({"row": ["a\nb\x1b[31m\u202e", "x" * 1_000], "n": [1, 1]})
    named = _check(between("n", 0, 0), odd).examples
    assert named == ["a�b�[31m�", "x" * 200 + "…"]


def test_at_most_five_rows_are_named() -> None:
    many = pl.DataFrame({"row": [f"r{i}" for i in range(20)], "n": [1] * 20})
    checked = _check(between("n", 0, 0), many)
    assert (checked.broken, checked.examples) == (20, ["r0", "r1", "r2", "r3", "r4"])


def test_results_come_in_the_order_of_the_expectations() -> None:
    results = check_frame(FRAME, [unique("row"), unique("name"), unique("left")], "row")
    assert [result.passed for result in results] == [True, False, True]


def test_nothing_breaks_in_an_empty_frame() -> None:
    assert _check(equal("left", "right"), FRAME.clear()).passed
    assert _check(between("share", 0, 1), FRAME.clear()).passed


def test_a_column_of_missing_values_lies_in_every_range() -> None:
    unknown = FRAME.with_columns(share=pl.lit(None, pl.Float64))
    assert _check(between("share", 0, 1), unknown).passed


def test_a_check_of_a_column_that_is_not_there_fails_and_does_not_pass() -> None:
    checked = _check(none("nothing", "gaps"))
    assert (checked.passed, checked.broken) == (False, None)
    assert checked.sentence() == "no gaps: could not be looked at"


@pytest.mark.parametrize(
    "check", STAGE_CHECKS, ids=[f"{check.asset}-{check.name}" for check in STAGE_CHECKS]
)
def test_every_stage_check_passes_over_empty_tables(empty: Warehouse, check: StageCheck) -> None:
    assert run_check(empty, check, DAYS if check.daily else None).broken == []


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(home=str(tmp_path_factory.mktemp("empty")))
    warehouse.installation.save(Settings(drops="drops"))
    for table, columns in columns_of_rubric(warehouse.installation.rubric()).items():
        warehouse.add_columns(table, columns)
    return warehouse


TALK = {"messages": [message("user", "Can you start?")], "final_output": "Yes, today."}


def _answers_in_range(tmp_path: Path, *verdicts: Verdict) -> list[Checked]:
    """The check of the ledger after these verdicts were kept."""
    row = {"epoch": "e", "conversation_id": "c1", "day": DAY, "judge": "m"}
    rows = [
        {"content_hash": f"h{i}", **row, **msgspec.structs.asdict(verdict)}
        for i, verdict in enumerate(verdicts)
    ]
    warehouse = Warehouse(home=str(tmp_path))
    warehouse.installation.save(Settings(drops="drops"))
    warehouse.keep("judge_verdicts", pl.DataFrame(rows, infer_schema_length=None))
    check = next(item for item in STAGE_CHECKS if item.asset == "judge_verdicts")
    return list(run_check(warehouse, check, DAYS).checked)


def _verdict(answer: object, **evidence: object) -> Verdict:
    """What is made of a judge's reply to one question."""
    found = [{"metric": "robotic", **evidence}] if evidence else []
    reply = json.dumps({"evidence": found, "answers": {"robotic": answer}})
    return verdicts_of(given_by(reply), ["robotic"], TALK, canaries=False)[0]


@pytest.mark.parametrize(
    ("answer", "evidence", "match"),
    [
        ("t9", {}, "unverified"),
        ("t10", {"message": 0, "quote": "Can you start?"}, "exact"),
        ("t0", {"message": 1, "quote": "yes,  TODAY"}, "repaired"),
        ("t9", {"message": 0, "quote": "invented"}, "unverified"),
        ("t9", {"quote": "Can you start?"}, "unverified"),
        ("t9", {"message": 10**30, "quote": "Can you start?"}, "unverified"),
        ("f10", {}, None),
        ("n0", {}, None),
        ("maybe", {}, None),
        (None, {}, None),
    ],
    ids=[
        "no evidence", "exact", "repaired", "invented", "no message", "far message", "negative",
        "not applicable", "off the menu", "no answer",
    ],
)  # fmt: skip
def test_whatever_a_judge_answers_its_verdict_does_not_block_the_day(
    tmp_path: Path, answer: object, evidence: dict[str, object], match: str | None
) -> None:
    verdict = _verdict(answer, **evidence)
    assert verdict.quote_match == match
    assert all(result.passed for result in _answers_in_range(tmp_path, verdict))


def test_a_quote_said_to_be_found_must_name_its_message(tmp_path: Path) -> None:
    right = _verdict("t9", message=0, quote="Can you start?")
    nowhere = msgspec.structs.replace(right, message_index=None)
    broken = [each for each in _answers_in_range(tmp_path, right, nowhere) if not each.passed]
    assert [(each.broken, each.examples) for each in broken] == [(1, ["c1"])]
    assert broken[0].of == "verified quotes without the message they stand in"


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_a_confidence_beyond_zero_to_one_blocks_the_day(tmp_path: Path, confidence: float) -> None:
    outside = msgspec.structs.replace(_verdict("f9"), confidence=confidence)
    results = _answers_in_range(tmp_path, _verdict("f9"), outside)
    assert [each.examples for each in results if not each.passed] == [["robotic"]]


def test_imported_verdicts_without_quotes_do_not_block_the_day(tmp_path: Path) -> None:
    results = _answers_in_range(tmp_path, Verdict("robotic", "true", "judged", 1.0, 3))
    assert all(result.passed for result in results)
