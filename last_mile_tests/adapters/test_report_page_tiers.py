"""The report page's tiers: rates, ratios, and why one is locked."""

import re

from last_mile.adapters.report_page import words
from last_mile_tests.adapters.report_pages import page, report


def test_no_known_outcome_is_the_reason_a_tier_has_no_rate() -> None:
    nulls = dict.fromkeys(("rate", "rate_low", "rate_high"))
    tier = report()["tiers"][0] | nulls | {"n_known": 0, "events": 0}
    assert "— no outcome known" in page(tiers=[tier]).text


def test_a_tier_shows_its_later_ratio_and_whether_it_is_exported() -> None:
    shown = page().text
    assert "gold (warm)" in shown
    assert re.search(rf"2\.50\s*\[1\.25{words.EN_DASH}4\.75\]\s*of ordinary", shown)
    assert re.search(r"holds, exported\s*As meant, hired is more frequent\.", shown)


def test_a_locked_tier_says_why_in_words() -> None:
    locked = {"state": "not_monotone", "unlocked": False, "why": "It should be more frequent."}
    assert re.search(
        r"points the wrong way, export locked\s*It should be more frequent\.",
        page(tiers=[report()["tiers"][0] | locked]).text,
    )


def test_a_tier_that_was_not_looked_into_is_said_to_be_locked_unless_nobody_trains_on_it() -> None:
    names = ("later_rr", "later_low", "later_high", "reference", "state", "unlocked", "why")
    row = report()["tiers"][0] | dict.fromkeys(names)
    assert "not looked into, export locked" in page(tiers=[row]).text
    assert "not looked into" not in page(tiers=[row | {"train": None}]).text
