"""Groupings of the judge's questions: figures by hand, and which grouping is recommended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from last_mile.core.judge.grouping import (
    Comparison,
    Measured,
    agreement_of,
    judge_grouping,
    reason_of,
    recommendation,
    recommended,
)

AT = datetime(2026, 1, 9, 12, 0)  # noqa: DTZ001 - as the table holds it


def _cell(metric: str, versus_one: tuple[int, int, int, int], **over: int) -> dict[str, Any]:
    names = ("both_true", "only_grouped", "only_one", "both_false")
    people = ("true_positive", "false_positive", "false_negative", "true_negative")
    rest = dict.fromkeys((*people, "n_lost", "n_unscored"), 0)
    return {"metric": metric, **dict(zip(names, versus_one, strict=True)), **rest, **over}


def _compared(*measured: Measured, n: int = 50) -> list[dict[str, Any]]:
    return judge_grouping(Comparison(AT, "m", 60, n), measured).to_dicts()


def _measured(grouping: str, nano: int, *cells: dict[str, Any], calls: int = 50) -> Measured:
    return Measured(grouping, f"epoch of {grouping}", calls, nano, cells)


def _one(*metrics: str, nano: int = 9_000_000) -> Measured:
    return _measured("one", nano, *(_cell(m, (25, 0, 0, 25)) for m in metrics), calls=100)


def _row(**over: Any) -> dict[str, Any]:
    """A row over all metrics that agrees with `one` in every way."""
    fields = {
        "grouping": "all", "n": 200, "n_lost": 0, "kappa": 0.8, "kappa_low": 0.7, "kappa_high": 0.9,
        "n_labelled": 0, "label_kappa": None, "label_low": None, "label_high": None,
        "usd_per_1000": 1.0, "calls": 100,
    }  # fmt: skip
    return {**fields, **over}


def _labelled(kappa: float | None, high: float | None, n: int = 100, **over: Any) -> dict[str, Any]:
    return _row(n_labelled=n, label_kappa=kappa, label_high=high, **over)


def test_agreement_is_counted_by_metric_and_over_the_summed_table() -> None:
    cells = _cell("a", (20, 5, 10, 15)), _cell("b", (18, 1, 1, 30))
    rows = _compared(_measured("all", 0, *cells), _one("a", "b"))
    assert [(r["grouping"], r["metric"]) for r in rows] == [
        ("all", "all"), ("all", "a"), ("all", "b"), ("one", "all"), ("one", "a"), ("one", "b"),
    ]  # fmt: skip
    # a: says yes .5 and .6, chance .5 * .6 + .5 * .4 = .5, kappa (.7 - .5) / .5 = .4
    assert (rows[1]["n"], rows[1]["n_agree"], rows[1]["agreement"]) == (50, 35, 0.7)
    assert rows[1]["kappa"] == pytest.approx(0.4)
    assert (rows[1]["kappa_low"], rows[1]["kappa_high"]) == pytest.approx(
        (0.151092, 0.648908), abs=1e-6
    )
    # summed: (38, 6, 11, 45); .83 agree; chance .44 * .49 + .56 * .51 = .5012
    assert (rows[0]["n"], rows[0]["n_agree"], rows[0]["agreement"]) == (100, 83, 0.83)
    assert rows[0]["kappa"] == pytest.approx((0.83 - 0.5012) / (1 - 0.5012))


def test_one_question_a_call_is_not_said_to_agree_with_itself() -> None:
    row = _compared(_one("a", "b"))[0]
    assert (row["n"], row["n_agree"]) == (100, 100)
    assert [row[name] for name in ("agreement", "kappa", "kappa_low", "kappa_high")] == [None] * 4


def test_cost_is_that_of_a_thousand_conversations_on_the_row_over_all_metrics() -> None:
    rows = _compared(_measured("all", 8_000_000, _cell("a", (20, 0, 0, 20))), _one("a"), n=40)
    # 0.008 USD for 40 conversations
    assert rows[0]["usd_per_1000"] == pytest.approx(0.2)
    assert (rows[0]["calls"], rows[1]["calls"], rows[1]["usd_per_1000"]) == (50, None, None)


def test_answers_of_people_have_a_kappa_of_their_own() -> None:
    people = {"true_positive": 20, "false_positive": 5, "false_negative": 10, "true_negative": 15}
    counted = _cell("a", (25, 0, 0, 20), n_lost=5, n_unscored=4, **people)
    row = _compared(_measured("2", 0, counted), _one("a"))[0]
    assert (row["n_labelled"], row["n_lost"], row["n_unscored"]) == (50, 5, 4)
    assert row["label_kappa"] == pytest.approx(0.4)
    assert (row["label_low"], row["label_high"]) == pytest.approx((0.151092, 0.648908), abs=1e-6)


def test_full_agreement_has_the_bound_that_its_size_allows() -> None:
    # Wilson's lower bound of 40 of 40 is 40 / (40 + 3.841459) = .912378; chance .5
    assert agreement_of(20, 0, 0, 20) == pytest.approx((1.0, 0.824756, 1.0), abs=1e-6)
    # chance .05^2 + .95^2 = .905; (.9123784 - .905) / .095
    assert agreement_of(2, 0, 0, 38) == pytest.approx((1.0, 0.077667, 1.0), abs=1e-6)


@pytest.mark.parametrize(
    ("table", "kappa"), [((0, 0, 0, 40), None), ((0, 0, 0, 0), None), ((0, 0, 10, 30), 0.0)]
)
def test_who_never_varies_has_no_bound(
    table: tuple[int, int, int, int], kappa: float | None
) -> None:
    assert agreement_of(*table) == (kappa, None, None)


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({}, "agrees_with_one"),
        ({"kappa_low": 0.699}, "disagrees_with_one"),
        ({"kappa": 0.0, "kappa_low": None}, "disagrees_with_one"),
        ({"kappa": None, "kappa_low": None}, "no_variation"),
        ({"n": 190, "n_lost": 10}, "agrees_with_one"),  # 95 % of 200 are kept
        ({"n": 189, "n_lost": 11}, "loses_answers"),
        ({"n": 0, "n_lost": 200, "kappa": None}, "loses_answers"),
    ],
)
def test_without_labels_the_bound_of_kappa_against_one_decides(
    over: dict[str, Any], reason: str
) -> None:
    assert reason_of(_row(**over), _row(grouping="one")) == reason


@pytest.mark.parametrize(
    ("row", "one", "reason"),
    [
        (_labelled(0.6, 0.75), _labelled(0.75, 0.9), "as_good_by_labels"),
        (_labelled(0.6, 0.75), _labelled(0.751, 0.9), "worse_by_labels"),
        (_labelled(0.6, 0.75, kappa_low=0.1), _labelled(0.7, 0.9), "as_good_by_labels"),
        (_labelled(1.0, None), _labelled(0.9, 1.0), "as_good_by_labels"),
        (_labelled(0.0, None), _labelled(0.1, 0.3), "worse_by_labels"),
        (_labelled(0.1, 0.2, n=99), _labelled(0.9, 1.0), "agrees_with_one"),
        (_labelled(0.1, 0.2), _labelled(0.9, 1.0, n=99), "agrees_with_one"),
        (_labelled(None, None), _labelled(None, None), "agrees_with_one"),
        (_labelled(0.9, 1.0, n_lost=50), _labelled(0.5, 0.6), "loses_answers"),
    ],
)
def test_with_a_hundred_labels_for_both_people_decide(
    row: dict[str, Any], one: dict[str, Any], reason: str
) -> None:
    assert reason_of(row, {**one, "grouping": "one"}) == reason


def test_one_question_a_call_is_always_acceptable() -> None:
    alone = _row(grouping="one", n=0, kappa=None)
    assert reason_of(alone, alone) == "baseline"
    assert recommended([alone]) == "one"


@pytest.mark.parametrize(
    ("costs", "best"),
    [
        ({"all": (1.0, 50), "3": (2.0, 150), "one": (4.0, 400)}, "all"),
        ({"all": (5.0, 50), "3": (2.0, 150), "one": (4.0, 400)}, "3"),
        ({"all": (5.0, 50), "3": (4.5, 150), "one": (4.0, 400)}, "one"),
        ({"all": (0.0, 50), "3": (0.0, 150), "one": (0.0, 400)}, "all"),  # free: fewer calls
    ],
    ids=["all", "three", "one", "free"],
)
def test_the_cheapest_acceptable_grouping_is_recommended(
    costs: dict[str, tuple[float, int]], best: str
) -> None:
    rows = [_row(grouping=g, usd_per_1000=usd, calls=calls) for g, (usd, calls) in costs.items()]
    assert recommended(rows) == best


def test_a_cheaper_grouping_that_disagrees_is_not_recommended() -> None:
    rows = [_row(usd_per_1000=0.1, kappa_low=0.2), _row(grouping="one")]
    assert recommended(rows) == "one"


def test_exactly_one_grouping_is_marked_on_all_its_rows() -> None:
    good, poor = _cell("a", (24, 1, 0, 25)), _cell("a", (20, 5, 10, 15))
    rows = _compared(_measured("all", 1, poor), _measured("2", 2, good), _one("a"))
    assert {(r["grouping"], r["recommended"]) for r in rows} == {
        ("all", False), ("2", True), ("one", False),
    }  # fmt: skip
    assert {(r["grouping"], r["reason"]) for r in rows} == {
        ("all", "disagrees_with_one"), ("2", "agrees_with_one"), ("one", "baseline"),
    }  # fmt: skip


def test_the_recommendation_says_what_was_found_and_that_agreement_is_not_truth() -> None:
    # all: (24, 1, 0, 25): .98 agree, chance .5 * .48 + .5 * .52 = .5, kappa .96
    good, poor = _cell("a", (24, 1, 0, 25)), _cell("a", (20, 5, 10, 15))
    said = recommendation(
        _compared(
            _measured("all", 50_000_000, good), _measured("2", 60_000_000, poor),
            _one("a", nano=400_000_000),
        )
    )  # fmt: skip
    assert said.startswith(
        "Recommended: all questions in one call (`judge: {grouping: all}`), $1.00 per 1,000 "
        "conversations against $8.00 per 1,000 conversations with one question a call; it agrees "
        "with one question a call: kappa 0.96 ["
    )
    assert "not truth" in said
    assert "agree least on a: kappa 0.96" in said
    assert "Not 2 groups of questions ($1.20 per 1,000 conversations): it does not agree" in said
    assert "Compared on 50 of 60 sampled conversations; the others lack an answer" in said


def test_the_recommendation_names_labels_when_they_decided() -> None:
    people = {"true_positive": 60, "false_positive": 5, "false_negative": 5, "true_negative": 60}
    labelled = [_cell("a", (10, 40, 40, 10), **people), _cell("a", (50, 0, 0, 50), **people)]
    said = recommendation(
        _compared(_measured("all", 1, labelled[0]), _measured("one", 2, labelled[1]))
    )
    # 120 of 130 agree; chance .5; kappa (.923077 - .5) / .5 = .846
    assert "no further from people's answers than one question a call: kappa 0.85 [" in said
    assert "130 labelled answers" in said
    assert "not truth" not in said


def test_what_was_not_compared_is_said_to_be_so() -> None:
    assert "were not compared" in recommendation([])


def test_an_acceptable_grouping_that_is_dearer_is_named_as_such() -> None:
    good = _cell("a", (24, 1, 0, 25))
    said = recommendation(_compared(_measured("all", 90_000_000, good), _one("a")))
    assert said.startswith("Recommended: one question a call (`judge: {grouping: one}`), $0.18")
    assert "Acceptable too, but not cheaper: all questions in one call ($1.80" in said
