"""Product releases side by side."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from last_mile.core.releases import RELEASE_SCHEMA, release_comparison

AS_OF = datetime.fromisoformat("2026-03-01")


def _rows(*cells: tuple[str, int, int]) -> dict[str, dict[str, Any]]:
    named = [{"release": name, "n": n, "events": events} for name, n, events in cells]
    frame = release_comparison(named, "hired", AS_OF)
    assert frame.schema == RELEASE_SCHEMA
    return {row["release"]: row for row in frame.iter_rows(named=True)}


def test_every_release_is_compared_with_the_most_used_one() -> None:
    rows = _rows(("m1", 500, 20), ("m2", 400, 32))
    assert {row["reference"] for row in rows.values()} == {"m1"}
    assert rows["m2"]["rr"] == pytest.approx(2)  # (32/400)/(20/500)
    # se^2 = 1/32 - 1/400 + 1/20 - 1/500 = .07675
    assert rows["m2"]["rr_low"] == pytest.approx(1.16199, abs=1e-4)
    assert rows["m2"]["reason"] is None


def test_the_reference_is_named_and_has_no_ratio_to_itself() -> None:
    reference = _rows(("m1", 500, 20), ("m2", 400, 32))["m1"]
    assert (reference["rr"], reference["rr_low"], reference["reason"]) == (None, None, "reference")
    assert reference["rate"] == pytest.approx(0.04)


def test_rates_come_with_n_and_a_wilson_interval() -> None:
    row = _rows(("m1", 50, 40))["m1"]
    assert (row["n"], row["events"], row["rate"]) == (50, 40, 0.8)
    assert (row["rate_low"], row["rate_high"]) == pytest.approx((0.66963, 0.88756), abs=1e-5)


def test_of_two_equally_used_releases_the_reference_does_not_depend_on_their_order() -> None:
    one = _rows(("m1", 100, 9), ("m2", 100, 7))
    two = _rows(("m2", 100, 7), ("m1", 100, 9))
    assert one["m1"]["reference"] == two["m1"]["reference"]


def test_too_few_events_are_said_and_no_interval_is_shown() -> None:
    row = _rows(("m1", 500, 20), ("m2", 100, 4))["m2"]
    assert (row["rr_low"], row["rr_high"], row["reason"]) == (None, None, "not_enough_events")


def test_without_conversations_there_are_no_rows() -> None:
    assert _rows() == {}
