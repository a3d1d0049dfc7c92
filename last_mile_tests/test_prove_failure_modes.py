"""A few worlds of new failure modes. Not here: the rest of the suite (test_prove.py)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from last_mile_tests.prove import coverage, failure_modes


def test_a_phrase_no_flag_knows_is_proposed_and_one_of_flagged_texts_is_not() -> None:
    """Two worlds of each: 99 % and none of 200 are as asked."""

    def shares(setting: coverage.Setting) -> dict[str, float | None]:
        return {one.claim.interval: one.share for one in coverage.measure(setting, 2, seed=1)}

    unknown = shares(failure_modes.SETTINGS[2])
    assert unknown["the phrase is proposed"] == 1
    assert unknown["anything else is proposed"] == 0
    flagged = shares(failure_modes.SETTINGS[4])
    assert flagged["the phrase alone has a lower rate, p below 0.05"] == 1
    assert flagged["the phrase or a part of it is proposed"] == 0


def test_worlds_of_failure_modes_have_the_phrase_where_they_say_and_no_hired_one_is_explained() -> (
    None
):
    """5 standard errors of 10 % of 3,000 conversations are 0.027."""
    world = failure_modes.World(phrase=(0.1, 0.0), times=0.5, n=8_000)
    rows, texts = world.draw(np.random.default_rng(1))
    has = texts["final_output"].str.contains(" ".join(failure_modes.PHRASE), literal=True)
    assert not (rows["_event"] & rows["_explained"]).any()
    event = rows["_event"].to_numpy()
    left, said = ~rows["_explained"].to_numpy(), has.to_numpy()
    assert said[~left].mean() < 0.01  # by chance of ordinary words
    assert said[left].mean() == pytest.approx(0.1, abs=0.027)
    ratio = event[left & said].mean() / event[left & ~said].mean()
    assert ratio == pytest.approx(0.5, abs=0.15)
    assert rows.group_by("_user").agg(n=pl.col("_held_out").n_unique())["n"].to_list() == (
        [1] * rows["_user"].n_unique()
    )
