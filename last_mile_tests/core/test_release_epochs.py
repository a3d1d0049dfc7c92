"""A flag of two releases under different epochs or definitions: refused, or moved by a bridge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from last_mile.core.judge.bridge import Crossed, Flagged
from last_mile.core.release_effect import (
    RELEASE_SCHEMA,
    Bridges,
    Versions,
    release_comparison,
)
from last_mile.core.rubric import Rubric
from last_mile_tests.scenario import DAY, metric, rubric

LATER = DAY + timedelta(days=7)
FIELDS: dict[str, Any] = {
    "strata": ["model"], "tiers": [], "outcomes": [{"id": "hired", "horizon_days": 10}],
}  # fmt: skip
RUBRIC = rubric(metrics=[metric("robotic")], **FIELDS)
RULES = rubric(metrics=[metric("robotic", kind="heuristic", rule="entry_point_is",
                               params={"value": "own_draft"})], **FIELDS)  # fmt: skip


def _day(release: str, epoch: str) -> date:
    """A day of its own for every release and epoch."""
    return (DAY if release == "m1" else LATER) + timedelta(days=epoch == "new")


VERSIONS = Versions(
    {"robotic": "new"},
    {"robotic": {_day(m, epoch): epoch for m in ("m1", "m2") for epoch in ("old", "new")}},
)


def _rows(release: str, epoch: str, n: int, true: int, **over: Any) -> list[dict[str, Any]]:
    own = {"release": release, "day": _day(release, epoch), "_task": None, "_weight": 1.0,
           "hired": False, **over}  # fmt: skip
    return [{**own, "robotic": i < true} for i in range(n)]


def _robotic(
    *parts: list[dict[str, Any]],
    bridges: Bridges | None = None,
    of: Rubric = RUBRIC,
    versions: Versions = VERSIONS,
) -> dict[str, Any]:
    rows = [{"_user": i, **row} for i, row in enumerate(row for part in parts for row in part)]
    types = {"_task": pl.UInt64, "robotic": pl.Boolean, "hired": pl.Boolean}
    bridges = replace(bridges or Bridges(), versions=versions)
    frame = release_comparison(
        pl.DataFrame(rows, schema_overrides=types), of, None, bridges=bridges
    )
    assert frame.schema == RELEASE_SCHEMA
    by = (pl.col("release") == "m2") & (pl.col("measure") == "robotic")
    return frame.row(by_predicate=by, named=True)


def _flags(true: int, false: int) -> Flagged:
    found = Flagged()
    for flag, n in (("true", true), ("false", false)):
        found.add({"flag": flag, "n": n, "weight": float(n), "square": float(n)})
    return found


def _bridges(**pairs: Crossed) -> Bridges:
    """Flags of m1 under `old`, of m2 under `new`; pairs by release."""
    flags = {("m1", "old", "robotic"): _flags(60, 140), ("m2", "new", "robotic"): _flags(100, 100)}
    named: dict[tuple[str, ...], Crossed] = {
        ("old", release, "robotic"): found for release, found in pairs.items()
    }
    return Bridges("new", flags, named)


def _pairs(*rows: tuple[int, int, int]) -> Crossed:
    found = Crossed()
    found.pairs[: len(rows)] = rows
    return found


APART = (_rows("m1", "old", 200, 60), _rows("m2", "new", 200, 100))


def test_releases_of_one_epoch_are_compared_whatever_epoch_it_is() -> None:
    row = _robotic(_rows("m1", "old", 600, 180), _rows("m2", "old", 600, 300), bridges=_bridges())
    assert (row["epoch_basis"], row["n_other_epochs"], row["reason"]) == ("same_epoch", 0, None)
    assert row["adjusted_rd"] == pytest.approx(0.2)
    assert row["verdict"] == "regressed"


@pytest.mark.parametrize("bridges", [None, _bridges()], ids=["nothing_known", "no_bridge"])
def test_releases_of_different_epochs_are_refused(bridges: Bridges | None) -> None:
    row = _robotic(*APART, bridges=bridges)
    assert (row["epoch_basis"], row["reason"]) == ("epochs_differ", "epochs_differ")
    assert (row["rate"], row["rate_reference"]) == (0.5, 0.3)  # each under its own epoch
    figures = ("rd", "adjusted_rd", "sequential_low", "q", "verdict", "bridged_rd", "worst_rd")
    assert [row[name] for name in figures] == [None] * len(figures)
    assert row["bridge_reason"] in {"no_bridge", "no_old_answers"}


def test_a_bridge_gives_the_difference_under_the_current_epoch() -> None:
    # of the old true 54/60 stay, of the old false 28/140 become true: .3 x .9 + .7 x .2 = .41
    row = _robotic(*APART, bridges=_bridges(m1=_pairs((54, 6, 0), (28, 112, 0))))
    assert row["bridged_rate_reference"] == pytest.approx(0.41)
    assert row["bridged_rate"] == 0.5
    assert row["bridged_rd"] == pytest.approx(0.09)
    assert row["bridged_low"] < 0.09 < row["bridged_high"]
    assert (row["n_bridge_pairs"], row["bridge_reason"]) == (200, None)
    assert (row["reason"], row["verdict"], row["rd"]) == ("epochs_differ", None, None)


def test_pairs_of_another_release_are_no_bridge() -> None:
    row = _robotic(*APART, bridges=_bridges(m2=_pairs((54, 6, 0), (28, 112, 0))))
    assert (row["bridged_rd"], row["bridge_reason"]) == (None, "no_bridge")


def test_flags_of_another_epoch_are_left_out_where_one_judged_most_of_both() -> None:
    # the judge changed when m2 had 50 more conversations to go: these, all true, do not count
    row = _robotic(*APART[:1], _rows("m2", "old", 200, 60), _rows("m2", "new", 50, 50),
                   bridges=_bridges())  # fmt: skip
    assert (row["epoch_basis"], row["n_other_epochs"]) == ("common_epoch", 50)
    assert (row["n"], row["adjusted_rd"], row["verdict"]) == (200, 0.0, "no_evidence")


def test_a_few_early_flags_are_no_common_epoch() -> None:
    row = _robotic(*APART, _rows("m2", "old", 50, 0), bridges=_bridges())
    assert (row["epoch_basis"], row["n_other_epochs"], row["rate"]) == ("epochs_differ", 50, 0.5)


def test_flags_of_a_rule_that_changed_between_releases_are_refused_and_never_bridged() -> None:
    bridges = _bridges(m1=_pairs((54, 6, 0), (28, 112, 0)))
    row = _robotic(*APART, bridges=bridges, of=RULES)
    assert (row["epoch_basis"], row["reason"]) == ("epochs_differ", "rule_changed")
    assert (row["bridge_reason"], row["bridged_rd"]) == (None, None)
    assert (row["rate"], row["rate_reference"]) == (0.5, 0.3)
    assert (row["rd"], row["q"], row["verdict"]) == (None, None, None)


def test_answers_of_the_current_epoch_that_would_be_other_flags_now_are_refused_as_a_rule() -> None:
    by_day = {_day("m1", "old"): "new:unscored", _day("m2", "new"): "new"}
    versions = Versions({"robotic": "new"}, {"robotic": by_day})
    row = _robotic(*APART, bridges=_bridges(), versions=versions)
    assert (row["epoch_basis"], row["reason"]) == ("epochs_differ", "rule_changed")
    assert (row["bridge_reason"], row["verdict"]) == (None, None)


def test_flags_of_another_definition_are_left_out_where_one_made_most_of_both() -> None:
    # as the judged ones above
    row = _robotic(*APART[:1], _rows("m2", "old", 200, 60), _rows("m2", "new", 50, 50), of=RULES)
    assert (row["epoch_basis"], row["n_other_epochs"]) == ("common_epoch", 50)
    assert (row["n"], row["adjusted_rd"], row["verdict"]) == (200, 0.0, "no_evidence")


def test_flags_that_no_version_is_known_of_are_of_one() -> None:
    frame = release_comparison(
        pl.DataFrame(
            [{"_user": i, **row} for i, row in enumerate([*APART[0], *APART[1]])],
            schema_overrides={"_task": pl.UInt64},
        ),
        RULES, None,
    )  # fmt: skip
    row = frame.row(by_predicate=(pl.col("release") == "m2") & (pl.col("kind") == "flag"),
                    named=True)  # fmt: skip
    assert (row["epoch_basis"], row["adjusted_rd"]) == ("same_epoch", pytest.approx(0.2))


def test_flags_of_other_versions_are_left_out_of_what_users_do() -> None:
    rows = pl.DataFrame([*_rows("m1", "old", 2, 2), *_rows("m1", "new", 2, 1)])
    assert VERSIONS.left_out(rows)["robotic"].to_list() == [None, None, True, False]
    assert Versions({"robotic": "new"}).left_out(rows).equals(rows)


def test_outcomes_have_no_epoch() -> None:
    rows = [{"_user": i, **row} for i, row in enumerate([*APART[0], *APART[1]])]
    frame = release_comparison(
        pl.DataFrame(rows, schema_overrides={"_task": pl.UInt64}), RUBRIC, None, bridges=_bridges()
    )
    hired = frame.filter(measure="hired")
    assert hired["epoch_basis"].to_list() == [None, None]
    assert "epochs_differ" not in hired["reason"]
