"""The proof suite itself: it must notice what does not hold, and say the same twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from last_mile.core.stats import risk
from last_mile.demo.law import load_law
from last_mile_tests.prove import (
    article,
    counts,
    coverage,
    discovery,
    drift,
    judging,
    releases,
    suite,
    table,
)
from last_mile_tests.prove.article_truth import (
    CATEGORY,
    ENGAGED,
    HISTORY,
    LEVEL,
    MODEL,
    adjusted_limit,
    population,
)
from last_mile_tests.prove.worlds import FewUsers, Sampled, Stratified

Z = 1.96
CONFOUNDERS = (MODEL, CATEGORY, HISTORY)


def _mean_trial(scale: float, rng: np.random.Generator) -> coverage.Answers:
    """Mean of 25 draws of N(3, 1): its standard error is 1/5, taken `scale` times."""
    middle, half = float(rng.normal(3.0, 0.2)), Z * 0.2 * scale
    return {"mean": (middle - half, middle + half)}


def _measured(
    trial: Callable[[np.random.Generator], coverage.Answers], worlds: int = 2_000
) -> coverage.Coverage:
    setting = coverage.Setting("test", trial, (coverage.Claim("mean", 3.0),), times=1)
    return coverage.measure(setting, worlds, seed=1)[0]


def test_a_right_standard_error_holds() -> None:
    found = _measured(partial(_mean_trial, 1.0))
    assert found.passed
    assert found.noise[0] < 0.95 < found.noise[1]


@pytest.mark.parametrize("scale", [0.5, 1.5])
def test_a_wrong_standard_error_is_noticed(scale: float) -> None:
    found = _measured(partial(_mean_trial, scale))
    # P(|Z| < 0.98) = 0.673 and P(|Z| < 2.94) = 0.997
    assert found.share == pytest.approx({0.5: 0.673, 1.5: 0.997}[scale], abs=0.03)
    assert not found.passed
    section = table.coverage_section("Means", "", [found])
    assert section.failures == (f"Means: test: mean covers {found.share:.1%}, asked 93% to 97%",)
    assert "**no**" in section.rows[0]
    assert section.failures[0] in table.page("make prove", "", [section])


def test_an_interval_that_is_none_is_refused_and_a_withheld_one_is_counted() -> None:
    with pytest.raises(ValueError, match="withhold it with None"):
        _measured(lambda _: {"mean": (float("nan"), 4.0)}, 1)
    found = _measured(lambda rng: {"mean": None if rng.random() < 0.5 else (2.0, 4.0)}, 100)
    assert 30 < found.withheld < 70
    assert found.share == 1


def test_intervals_that_are_never_shown_do_not_hold() -> None:
    found = _measured(lambda _: {"mean": None}, 10)
    assert found.share is None
    assert not found.passed
    assert table.coverage_section("Means", "", [found]).rows[0][5] == "no interval"


def test_an_open_interval_holds_what_lies_on_its_open_side() -> None:
    assert coverage.pair(None, 2.0) == (-np.inf, 2.0)
    assert coverage.pair(None, None) is None


def test_the_same_seed_draws_the_same_worlds_and_another_one_others() -> None:
    one, again, other = (coverage.measure(counts.SETTINGS[0], 4, seed) for seed in (1, 1, 2))
    assert table.coverage_section("t", "", one) == table.coverage_section("t", "", again)
    assert one != other


def test_a_world_does_not_depend_on_how_many_others_are_drawn() -> None:
    first, again = (coverage.generator(1, "a setting", 7).random() for _ in range(2))
    assert first == again != coverage.generator(1, "another setting", 7).random()


def test_names_of_settings_are_unique_because_they_are_seeds() -> None:
    names = [setting.name for theme in suite.themes() for setting in theme.settings]
    assert len(set(names)) == len(names)


def test_the_law_has_the_articles_ratios_and_what_lies_behind_them() -> None:
    """0.5556 = 1/1.8 and 4.0 are the headlines; 1.207 = exp(0.18812) is the direct effect."""
    law = load_law()
    for world in article.WORLDS:
        robotic = population(law, world, "sounds_robotic")
        requirements = population(law, world, "mentions_job_requirements")
        assert robotic.ratio() == pytest.approx(1 / 1.8, rel=1e-4)
        assert population(law, world, ENGAGED).ratio() == pytest.approx(4.0, rel=1e-4)
        assert requirements.ratio() == pytest.approx(0.9, rel=1e-4)
        assert requirements.ratio((LEVEL, *CONFOUNDERS)) == pytest.approx(np.exp(0.18812))
        assert adjusted_limit(robotic, ()) == pytest.approx(robotic.ratio())


def test_a_null_metric_is_null_however_it_is_adjusted() -> None:
    law = population(load_law(), "confounded", "grammatical")
    assert law.ratio() == pytest.approx(1)
    assert adjusted_limit(law, CONFOUNDERS) == pytest.approx(1)


def test_the_worlds_draw_what_their_law_says() -> None:
    """Five standard errors of shares of a million rows are at most 0.0025."""
    rng = np.random.default_rng(1)
    cells = judging.BY_ENGAGEMENT.draw(rng) / judging.BY_ENGAGEMENT.n
    assert np.abs(cells - judging.BY_ENGAGEMENT.cells).max() < 0.008  # 100,000 rows
    assert judging.ALIKE.ratio == pytest.approx(judging.BY_ENGAGEMENT.ratio)

    events1, n1, events0, n0 = Stratified(1_000_000, 0.6).draw(rng)
    inside = (events1 / n1).mean() / (events0 / n0).mean()
    assert inside == pytest.approx(0.6, rel=0.05)

    with_it, without = Sampled(1_000_000, (1.0, 0.5, 0.2)).draw(rng)
    assert with_it.weight + without.weight == pytest.approx(1_000_000)
    assert (with_it.rate or 0) / (without.rate or 1) == pytest.approx(
        Sampled(1, (1.0, 1.0, 1.0)).ratio, rel=0.05
    )

    _, category, flag, event = FewUsers(20_000, 10, 1.5).draw(rng)
    ratios = [
        event[flag & (category == c)].mean() / event[~flag & (category == c)].mean()
        for c in range(3)
    ]
    assert np.mean(ratios) == pytest.approx(1.5, rel=0.05)


def test_false_discoveries_are_told_from_true_ones() -> None:
    """Two worlds: 1 of 15 nulls called beside 9 of 10 effects, then nothing at all."""
    called = np.zeros((2, 25), dtype=bool)
    called[0, 0] = called[0, 15:24] = True
    setting = discovery.Setting("s", discovery.Metrics(100, 0.03, 0.0), {"a": True})
    found = discovery.averaged(setting, "a", called)
    assert found.nulls_called == pytest.approx(1 / 30)
    assert found.effects_found == pytest.approx(9 / 20)
    assert found.false_share == pytest.approx(0.05)  # (1/10 + 0) / 2
    assert found.passed


def test_confounded_nulls_are_called_crude_and_not_adjusted() -> None:
    crude, pooled, adjusted = discovery.measure(discovery.SETTINGS[1], 3, seed=1)
    assert crude.false_share > 0.5
    assert crude.passed  # it had to fail
    assert max(pooled.false_share, adjusted.false_share) < 0.2


def test_ratios_of_several_draws_are_put_together_with_a_narrower_interval() -> None:
    """Two equal draws: the same ratio, the log interval narrower by sqrt(2)."""
    key = ("causal", ENGAGED, article.CRUDE)
    [figure] = article.figures([{key: (4.0, 2.0, 8.0)}] * 2)
    assert figure.found == pytest.approx((4.0, 4 / 2 ** (1 / 2**0.5), 4 * 2 ** (1 / 2**0.5)))
    assert figure.passed
    [off] = article.figures([{key: (4.2, 4.0, 4.4)}])
    assert not off.passed  # 5 % from 4.0


def test_worlds_that_are_not_told_apart_are_named() -> None:
    keys = [
        (metric, analysis)
        for metric in ("sounds_robotic", "mentions_job_requirements")
        for analysis in (article.CRUDE, article.ADJUSTED_FULL)
    ]
    one, other = ({(w, *key): (0.9, 0.8, 1.1) for key in keys} for w in article.WORLDS)
    alike, apart, flips = article.told_apart([one], [other])
    assert alike.passed
    assert not apart.passed
    assert not flips.passed
    section = table.told_section([alike, apart, flips])
    assert [failure.rpartition(": ")[2] for failure in section.failures] == ["0 of 1", "0 of 2"]


def test_an_engine_with_half_the_standard_error_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(risk, "Z95", risk.Z95 / 2)
    found = coverage.measure(counts.SETTINGS[0], 20, seed=1)  # 500 worlds
    ratio = next(one for one in found if one.claim.interval == "relative_risk")
    assert ratio.share == pytest.approx(0.673, abs=0.07)
    assert not ratio.passed


def test_a_release_that_hides_a_regression_is_found_and_a_quiet_one_is_left_alone() -> None:
    """Three worlds of each: 98 % and 99 % of 200 are as asked."""
    hidden, quiet = releases.SETTINGS[2], releases.SETTINGS[3]
    found = {one.claim.interval: one.share for one in coverage.measure(hidden, 3, seed=1)}
    assert found["code named as regressed while the whole is not"] == 1
    assert found["crude interval above 0"] == 1
    still = {one.claim.interval: one.share for one in coverage.measure(quiet, 3, seed=1)}
    assert still["crude interval above 0"] == 1
    assert still["improved"] == still["regressed"] == 0


def test_looks_of_a_rollout_are_one_a_day_from_the_first_day_of_the_new_release() -> None:
    world = releases.Rollout(days=10, daily=60)
    looks = list(world.looks(np.random.default_rng(1), daily=True))
    assert len(looks) == 8  # days 2 to 9
    n = [rows.filter(measure="hired")["n"].item() for rows in looks]
    assert n == sorted(n)


def test_drift_is_found_where_it_was_planted_and_only_there() -> None:
    def told(world: drift.World) -> dict[str, float]:
        answers = drift.changed(world, "prevalence", coverage.generator(1, "drift", 1))
        return {name: both[0] for name, both in answers.items() if both is not None}

    planted, nothing = told(drift.World(prevalence=0.2)), told(drift.World())
    assert planted["found within the days it says"] == 1
    assert planted["an alarm of another kind"] == 0
    assert nothing["found within the days it says"] == 0
    assert planted == told(drift.World(prevalence=0.2))


def test_worlds_of_drift_count_returning_users_as_the_statement_does() -> None:
    drawn = drift.World(users=20).draw(np.random.default_rng(1))
    # users come for about five days, so most of them within one fortnight: sums of days vary more
    assert (drawn.together("prevalence") > 1).mean() > 0.8
    alone = drift.Drawn(
        drawn.day, np.arange(len(drawn.day)), drawn.flags, drawn.hired, drawn.labels, drawn.change
    )
    assert np.allclose(alone.together("prevalence"), 1)
    assert np.allclose(alone.together("relation"), 1)


def test_a_theme_that_is_made_anew_stands_where_a_whole_page_has_it() -> None:
    def section(title: str, word: str) -> table.Section:
        return table.Section(title, word, ("a",), (("1",),), ())

    first, drawn, last = section("First", "x"), section("Drift", "old"), section("Power", "y")
    whole = table.page("make prove", "opening", [first, drawn, last])
    new = section("Drift", "new")
    renewed = table.renewed(whole, [new], ["Drift", "Power"])
    assert renewed == table.page("make prove", "opening", [first, new, last]).rstrip("\n") + "\n"
    without = table.page("make prove", "opening", [first, last])
    assert table.renewed(without, [new], ["Drift", "Power"]) == renewed


def test_an_unknown_theme_and_a_page_of_other_worlds_are_refused() -> None:
    with pytest.raises(ValueError, match="no theme 'Rain'; there are: Crude ratios"):
        suite.prove_themes(["Rain"], "", 1, 1, 1)
    with pytest.raises(ValueError, match="made with other worlds"):
        suite.prove_themes(["Drift"], "# Proof", 1, 1, 1)
