"""The report page's drift: alarms, series that wait or ended, and names."""

import pytest

from last_mile.adapters.report_page import render_report
from last_mile_tests.adapters.report_pages import HOSTILE, Page, drift_part, report


def test_an_alarm_about_drift_stands_with_what_was_before_and_is_now() -> None:
    page = render_report(report())
    text = Page(page).text
    for part in ("Alarm since 2026-03-07", "30.0%", "41.0%", "812", "17", "since 7"):
        assert part in text.replace("\N{NO-BREAK SPACE}", " "), part
    assert 'points="0.0,24.0 120.0,0.0"' in page


def test_a_series_that_is_not_watched_yet_says_why_and_a_large_figure_is_no_row_of_digits() -> None:
    none = dict.fromkeys(("baseline", "recent", "e", "days_to_detect", "alarm_since"))
    waiting = drift_part("relation", alarm=False, reason="new_epoch", line="", **none)
    text = Page(render_report(report(drift=[waiting]))).text
    assert "new epoch" in text
    assert "now its baseline" in text  # the alarm of before
    assert "over a million" in Page(render_report(report(drift=[drift_part(e=1e200)]))).text


def test_a_series_that_ended_says_when() -> None:
    text = Page(render_report(report(drift=[drift_part(alarm=False, ended=True)]))).text
    assert "ended on 14 Mar" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "now its baseline" not in text


@pytest.mark.parametrize("kind", ["prevalence", "relation"])
def test_names_of_series_are_escaped(kind: str) -> None:
    html = render_report(report(drift=[drift_part(kind, metric=HOSTILE, reason=HOSTILE)]))
    assert HOSTILE not in html
