"""What the report says of epochs: what is comparable, what is refused, which weeks stand beside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from last_mile.adapters.report_page import render_report
from last_mile.core.report import epoch_section, release_sentences
from last_mile_tests.adapters.report_pages import HOSTILE, Page, report
from last_mile_tests.lift_rows import release_row

MONDAY = date(2026, 1, 5)


def epoch_row(epoch: str = "old", **changes: Any) -> dict[str, Any]:
    """An epoch that judged two weeks."""
    row: dict[str, Any] = {
        "epoch": epoch, "judge": "openai/small", "prompt_version": "2", "grouping": "all",
        "rubric": "proposals", "rubric_version": 1, "metrics_hash": "ab12", "first_day": MONDAY,
        "last_day": date(2026, 1, 18), "n_conversations": 1_200, "n_flagged": 1_100,
        "n_days_flagged": 14, "first_flagged": MONDAY, "last_flagged": date(2026, 1, 18),
    }  # fmt: skip
    return row | changes


def bridge_row(metric: str = "robotic", **changes: Any) -> dict[str, Any]:
    """300 conversations of which both epochs scored 290."""
    row: dict[str, Any] = {
        "metric": metric, "from_epoch": "old", "to_epoch": "new", "n_sampled": 300,
        "n_pairs": 298, "n_unscored": 3, "n_not_applicable": 5, "n": 290, "both_true": 80,
        "only_old": 40, "only_new": 5, "both_false": 165, "agreement": 245 / 290, "kappa": 0.66,
        "kappa_low": 0.57, "kappa_high": 0.75, "true_if_true": 80 / 120,
        "true_if_true_low": 0.578, "true_if_true_high": 0.745, "true_if_false": 5 / 170,
        "true_if_false_low": 0.013, "true_if_false_high": 0.067, "n_old": 1_050,
        "old_share": 0.412, "old_low": 0.383, "old_high": 0.442, "bridged_share": 0.291,
        "bridged_low": 0.249, "bridged_high": 0.337, "reason": None,
    }  # fmt: skip
    return row | changes


def trend_row(week: int = 0, **changes: Any) -> dict[str, Any]:
    """A week of the older epoch, bridged."""
    row: dict[str, Any] = {
        "metric": "robotic", "kind": "judge", "week": MONDAY + timedelta(weeks=week),
        "epoch": "old", "is_current": False, "n": 500, "n_true": 200, "n_left_out": 9,
        "share": 0.4, "low": 0.358, "high": 0.444, "n_pairs": 290, "bridged_share": 0.284,
        "bridged_low": 0.238, "bridged_high": 0.336, "reason": None,
    }  # fmt: skip
    return row | changes


REFUSED: dict[str, Any] = {
    "bridged_share": None,
    "bridged_low": None,
    "bridged_high": None,
    "reason": "no_bridge",
}
CURRENT: dict[str, Any] = {"epoch": "new", "is_current": True, "bridged_share": None, "n_pairs": 0}


def _section(
    bridge: list[dict[str, Any]], trends: list[dict[str, Any]], **changes: Any
) -> dict[str, Any]:
    epochs = [epoch_row("new", n_flagged=70), epoch_row(**changes)]
    found = epoch_section(epochs, bridge, trends, "new")
    assert found
    return found


def test_an_older_epoch_without_a_bridge_is_not_comparable_and_the_command_is_named() -> None:
    found = _section([bridge_row(**REFUSED)], [trend_row(**REFUSED), trend_row(1, **CURRENT)])
    assert found["sentences"] == [
        "14 days (1,100 conversations) hold flags of epoch old (openai/small), which are "
        "left out of lifts; in trends they are not comparable with the current one; "
        "`last-mile judge bridge --from old`."
    ]
    [row] = found["trends"]
    [before], [now] = row["cells"]
    assert (before["share"], before["why"]) == (None, "refused: another epoch, no bridge")
    assert (now["share"], now["is_bridged"], now["why"]) == (0.4, False, None)


def test_a_bridge_says_of_how_many_metrics_and_what() -> None:
    rows = [bridge_row(), bridge_row("polite", **{**REFUSED, "reason": "few_old_true"})]
    found = _section(rows, [trend_row()], judge=None)
    assert found["sentences"] == [
        "14 days (1,100 conversations) hold flags of epoch old (a judge that was not noted), "
        "which are left out of lifts; in trends 1 of 2 metrics are comparable by the bridge "
        "of 300 conversations."
    ]
    [[entry]] = found["trends"][0]["cells"]
    assert (entry["share"], entry["is_bridged"]) == (0.284, True)


def test_one_epoch_says_so_and_no_flags_say_nothing() -> None:
    found = _section([], [trend_row(**CURRENT)], n_flagged=0)
    assert found["sentences"] == [
        "All judged flags are of the current epoch, so their weeks are comparable."
    ]
    assert epoch_section([epoch_row()], [], [], "new") is None


def test_a_changed_rule_is_said() -> None:
    changed = trend_row(kind="heuristic", **{**REFUSED, "reason": "rule_changed"})
    assert "1 rules were changed" in _section([], [changed])["sentences"][-1]


def test_the_latest_eight_weeks_are_columns_and_a_week_may_have_two_epochs() -> None:
    trends = [*(trend_row(week) for week in range(10)), trend_row(9, **CURRENT)]
    found = _section([bridge_row()], trends)
    assert found["weeks"] == [MONDAY + timedelta(weeks=week) for week in range(2, 10)]
    assert [len(cell) for cell in found["trends"][0]["cells"]] == [1] * 7 + [2]


def test_the_page_shows_the_bridged_share_and_the_refusal() -> None:
    trends = [trend_row(), trend_row(1, **CURRENT), trend_row(metric="polite", **REFUSED)]
    text = Page(render_report(report(epochs=_section([bridge_row()], trends)))).text
    assert "28.4%" in text
    assert "bridged" in text
    assert "40.0%" in text
    assert "refused: another epoch, no bridge" in text
    assert "35.8%" not in text.split("As the current epoch has it")[0]


@pytest.mark.parametrize("field", ["judge", "rubric", "epoch"])
def test_names_of_epochs_are_escaped(field: str) -> None:
    section = _section([bridge_row()], [trend_row()], **{field: HOSTILE})
    assert HOSTILE not in render_report(report(epochs=section))


def test_releases_say_what_was_refused_and_what_a_bridge_says() -> None:
    apart = {"kind": "flag", "epoch_basis": "epochs_differ", "reason": "epochs_differ",
             "verdict": None, "hides_regression": False}  # fmt: skip
    bridged = {"bridged_rd": 0.09, "bridged_low": -0.01, "bridged_high": 0.185}
    rows = [
        release_row(hides_regression=False),
        release_row("robotic", **apart, bridge_reason="no_bridge"),
        release_row("polite", **apart, **bridged, n_bridge_pairs=200),
        release_row("own_draft", **{**apart, "reason": "rule_changed"}),
    ]
    assert release_sentences(rows) == [
        "m2 against m1, the release before; tasks come and go, so both drew from one stream. "
        "No evidence that any of 1 flags and outcomes moved.",
        "Not compared, for another epoch judged the release before: robotic.",
        "Not compared, for the rule changed and days are not built again, which costs nothing: "
        "own draft.",
        "polite, bridged over 200 conversations that both epochs judged, as counted: +9.0 points "
        "[-1.0, +18.5].",
    ]
    text = Page(render_report(report(releases=rows))).text
    assert "epochs differ" in text
