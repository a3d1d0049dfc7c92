"""Corrections for a judge that errs: published tables, figures by hand, and small worlds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from last_mile.core.stats import (
    Z95,
    corrected_risk,
    differential_errors,
    differential_of_shares,
    pooled_corrected_risk,
    ppi_mean,
    relative_risk,
    rogan_gladen,
    true_shares,
)

MANY = 10_000_000  # labels: sensitivity and specificity as good as known


def _known(share: float) -> tuple[float, int]:
    return share * MANY, MANY


# --- prevalence


def test_lee_et_al_give_the_interval_of_their_readme() -> None:
    found = rogan_gladen(400, 1000, (180, 200), (140, 200))
    assert found.value == pytest.approx(1 / 6)  # (.4 + .7 - 1) / (.9 + .7 - 1)
    assert (found.low, found.high) == pytest.approx((0.0563507, 0.2627330), abs=1e-7)
    assert (found.clipped, found.reason) == (False, None)


def test_brucellosis_of_epir() -> None:
    found = rogan_gladen(45, 150, _known(0.96), _known(0.89))
    assert found.value == pytest.approx(0.2235, abs=5e-5)  # (.3 + .89 - 1) / .85


def test_h_pylori_of_epir_is_clipped_and_says_so() -> None:
    found = rogan_gladen(6, 151, _known(0.964), _known(0.927))
    assert found.raw == pytest.approx(-0.0373, abs=5e-5)
    assert (found.value, found.low, found.clipped) == (0.0, 0.0, True)
    assert found.high is not None
    assert 0 < found.high < 0.05  # an interval of nothing would be no interval


def test_a_judge_near_chance_is_refused() -> None:
    found = rogan_gladen(50, 100, (64, 100), (65, 100))  # .64 + .65 - 1 = .29
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason == "judge_near_chance"
    assert found.raw == pytest.approx(0.15 / 0.29)
    assert rogan_gladen(50, 100, (65, 100), (65, 100)).reason is None  # .30


@pytest.mark.parametrize(
    ("positives", "n", "sensitivity", "specificity", "reason"),
    [
        (0, 0, (9, 10), (9, 10), "nothing_judged"),
        (5, 10, (0, 0), (9, 10), "not_enough_labels"),
        (5, 10, (4, 4), (9, 10), "not_enough_labels"),
        (5, 10, (5, 10), (5, 10), "judge_near_chance"),
    ],
)
def test_what_cannot_be_corrected_says_why(
    positives: int, n: int, sensitivity: Any, specificity: Any, reason: str
) -> None:
    found = rogan_gladen(positives, n, sensitivity, specificity)
    assert (found.value, found.raw, found.reason) == (None, None, reason) or found.raw is not None
    assert found.reason == reason


def test_plain_ppi_by_hand() -> None:
    # flags .5 of 100; labels tp 4, fp 1, fn 2, tn 3: rectifier (2 - 1) / 10 = .1
    # var = .25 / 100 + (.3 - .01) / 10 = .0025 + .029
    found = ppi_mean((50, 100), (4, 1, 2, 3), lam=1)
    assert found is not None
    assert found.value == pytest.approx(0.6)
    assert found.high - found.value == pytest.approx(Z95 * math.sqrt(0.0315))


def test_the_best_weight_of_ppi_by_hand() -> None:
    # mean y .6, f .5, yf .4: cov .1; all flags 55 of 110: var .25; lam .1 / .25 / 1.1 = .363636
    found = ppi_mean((50, 100), (4, 1, 2, 3))
    assert found is not None
    assert found.lam == pytest.approx(0.4 / 1.1)
    assert found.value == pytest.approx(0.6)  # flags say .5 in both samples: nothing to mend
    plain = ppi_mean((50, 100), (4, 1, 2, 3), lam=1)
    alone = ppi_mean((50, 100), (4, 1, 2, 3), lam=0)
    assert plain is not None
    assert alone is not None
    assert found.high < min(plain.high, alone.high)


def test_ppi_is_the_one_of_its_authors() -> None:
    ppi_py = pytest.importorskip("ppi_py")
    table, flagged, n = (166, 16, 98, 20), 394, 717
    y = np.repeat([1.0, 0.0, 1.0, 0.0], table)
    f = np.repeat([1.0, 1.0, 0.0, 0.0], table)
    rest = np.repeat([1.0, 0.0], (flagged, n - flagged))
    found = ppi_mean((flagged, n), table)
    assert found is not None
    low, high = ppi_py.ppi_mean_ci(y, f, rest, alpha=0.05)
    assert (found.low, found.high) == pytest.approx((low.item(), high.item()), abs=1e-4)


# --- relative risk, known sensitivity and specificity


def test_exposure_misclassification_of_fink_and_lash_in_episensr() -> None:
    # [flag][event]: 215 exposed and 1449 unexposed cases, 668 and 4296 others
    flags = [[4296, 1449], [668, 215]]
    assert relative_risk(215, 883, 1449, 5745).rr == pytest.approx(0.9654, abs=5e-5)
    found = pooled_corrected_risk(flags, _known(0.78), _known(0.99))
    assert found.rr == pytest.approx(0.9614, abs=5e-5)
    assert _odds_ratio(flags, 0.78, 0.99) == pytest.approx(0.9491, abs=5e-5)


def test_exposure_misclassification_of_chu_in_episensr() -> None:
    # smokers 126 of 218 cases and 71 of 295 controls
    flags = [[224, 92], [71, 126]]
    assert _odds_ratio(flags, 1, 1) == pytest.approx(4.32, abs=5e-3)
    assert _odds_ratio(flags, 0.94, 0.97) == pytest.approx(5.02, abs=5e-3)


def test_outcome_misclassification_of_ami_in_episensr() -> None:
    """An outcome that errs is a prevalence in each arm."""
    arms = ((4558, 4558 + 46305), (3428, 3428 + 46085))
    exposed, other = (rogan_gladen(x, n, _known(0.53), _known(0.99)).raw or 0.0 for x, n in arms)
    assert exposed / other == pytest.approx(1.3440, abs=5e-5)
    odds = exposed / (1 - exposed) / (other / (1 - other))
    assert odds == pytest.approx(1.4062, abs=5e-5)


def _odds_ratio(flags: list[list[int]], se: float, sp: float) -> float:
    """Corrected odds ratio, by the matrix method in each outcome group."""
    true = [(flags[1][y] - (1 - sp) * (flags[0][y] + flags[1][y])) / (se + sp - 1) for y in (0, 1)]
    false = [flags[0][y] + flags[1][y] - true[y] for y in (0, 1)]
    return true[1] * false[0] / (true[0] * false[1])


def test_a_perfect_judge_gives_katz() -> None:
    """Nothing to correct and nothing to estimate: 27 of 122 against 44 of 487."""
    flags = [[443, 44], [95, 27]]
    katz = relative_risk(27, 122, 44, 487)
    all_labelled = corrected_risk(flags, flags, [[0, 0], [95, 27]])
    pooled = pooled_corrected_risk(flags, _known(1), _known(1))
    for found in (all_labelled, pooled):
        assert found.rr == pytest.approx(katz.rr)
        assert (found.low, found.high) == pytest.approx((katz.low, katz.high), rel=1e-4)
        assert found.p == pytest.approx(katz.p, rel=1e-3)


# --- relative risk from labels


def test_the_stratified_figure_by_hand() -> None:
    # ppv: q0y0 (10+.5)/101, q0y1 (20+.5)/101, q1y0 (60+.5)/101, q1y1 (80+.5)/101
    # labelled count as labelled: q0y0 10 + 900 * 10.5/101 = 103.564, q0y1 20 + 100 * 20.5/101
    # = 40.297, q1y0 60 + 400 * 60.5/101 = 299.604, q1y1 80 + 200 * 80.5/101 = 239.406
    # A = 279.703 of 500, M = 682.871 of 2000
    flags, labelled = [[1000, 200], [500, 300]], [[100, 100], [100, 100]]
    found = corrected_risk(flags, labelled, [[10, 20], [60, 80]])
    a, m = 279.70297, 682.87129
    assert found.rr == pytest.approx((a / m) / ((500 - a) / (2000 - m)))
    event, both = 1 / a + 1 / (500 - a), 1 / m + 1 / (2000 - m)
    variance = 1 / a - 1 / m + 1 / (500 - a) - 1 / (2000 - m)
    for n, positive, slope in (
        (1000, 10, -both), (200, 20, event - both), (500, 60, -both), (300, 80, event - both),
    ):  # fmt: skip
        ppv = (positive + 0.5) / 101
        variance += (slope * n) ** 2 * (1 - 100 / n) * ppv * (1 - ppv) / 101
    assert found.low == pytest.approx((found.rr or 0) * math.exp(-Z95 * math.sqrt(variance)))


def test_strata_inside_a_cell_weigh_as_much_as_they_are_large() -> None:
    """Labels drawn at two rates inside a cell: the share is no plain mean of the labels."""
    one = [[[800, 200], [90, 10]], [[700, 300], [50, 50]]]
    labelled = [[[100, 100], [45, 5]], [[100, 100], [25, 25]]]
    positive = [[[10, 90], [5, 4]], [[80, 95], [20, 24]]]
    shares = true_shares(one, labelled, positive)
    # 10 + 700 * 10.5 / 101 and 90 + 100 * 90.5 / 101 of 1000
    assert shares.share[0, 0] == pytest.approx((10 + 72.77228 + 90 + 89.60396) / 1000)
    assert shares.n.tolist() == [[1000, 100], [1000, 100]]


@pytest.mark.parametrize(
    ("flags", "labelled", "positive", "reason"),
    [
        ([[0, 0], [0, 0]], 0, 0, "empty_arm"),
        ([[50, 0], [50, 0]], 10, 5, "no_events"),
        ([[0, 50], [0, 50]], 10, 5, "no_variation"),
        ([[50, 50], [50, 50]], 0, 0, "no_labels"),
        ([[50, 50], [50, 50]], [[10, 10], [10, 4]], [[1, 1], [9, 4]], "not_enough_labels"),
        ([[50, 50], [50, 50]], 10, 5, "judge_near_chance"),
        ([[500, 6], [500, 6]], [[20, 6], [20, 6]], [[0, 1], [20, 3]], "not_enough_events"),
        ([[500, 500], [0, 0]], [[500, 500], [0, 0]], 0, "empty_arm"),
    ],
)
def test_why_there_is_no_corrected_risk(
    flags: Any, labelled: Any, positive: Any, reason: str
) -> None:
    labelled = np.broadcast_to(labelled, (2, 2)) * (np.array(flags) > 0)
    found = corrected_risk(flags, labelled, np.broadcast_to(positive, (2, 2)) * (labelled > 0))
    assert (found.rr, found.low, found.high, found.p, found.reason) == (*[None] * 4, reason)


def test_a_small_cell_needs_no_more_labels_than_it_holds() -> None:
    flags, labelled = [[500, 60], [400, 3]], [[50, 50], [50, 3]]
    found = corrected_risk(flags, labelled, [[2, 10], [45, 2]])
    assert found.reason is None


@pytest.mark.parametrize(
    ("flags", "sensitivity", "specificity", "reason"),
    [
        ([[900, 50], [40, 10]], (90, 100), (80, 100), "outside_range"),  # 50 flags, 200 expected
        ([[500, 50], [400, 50]], (60, 100), (60, 100), "judge_near_chance"),
        ([[500, 50], [400, 50]], (4, 4), (90, 100), "not_enough_labels"),
        ([[500, 50], [400, 50]], (0, 0), (90, 100), "not_enough_labels"),
        ([[500, 0], [400, 0]], (90, 100), (90, 100), "no_events"),
    ],
)
def test_why_there_is_no_pooled_risk(
    flags: Any, sensitivity: Any, specificity: Any, reason: str
) -> None:
    found = pooled_corrected_risk(flags, sensitivity, specificity)
    assert (found.rr, found.reason) == (None, reason)


def test_errors_that_are_alike_and_errors_that_are_not() -> None:
    # true [[20, 10], [90, 45]]: 90 of 110 and 45 of 55 are found; false [[90, 45], [20, 10]]
    alike = differential_errors([[110, 55], [110, 55]], [[20, 10], [90, 45]])
    assert alike == pytest.approx(1.0)
    # true as before: 0; false [[90, 20], [10, 30]]: 150 (90 * 30 - 20 * 10)^2 over its margins
    apart = differential_errors([[110, 30], [100, 75]], [[20, 10], [90, 45]])
    squared = 150 * 2500**2 / (100 * 50 * 110 * 40)
    assert apart == pytest.approx(math.exp(-squared / 2))


def test_too_few_labels_test_no_difference() -> None:
    # true [[3, 1], [40, 2]]: 4 missed by 3 events of 46 expects .26
    assert differential_errors([[53, 11], [45, 7]], [[3, 1], [40, 2]]) is None
    assert differential_errors([[0, 0], [0, 0]], [[0, 0], [0, 0]]) is None


# --- small worlds


def _world(rng: np.random.Generator, specificity: tuple[float, float]) -> tuple[Any, Any, Any]:
    """20,000 conversations, 40 % true, risk .05 with and .10 without; 150 labels a cell."""
    true = rng.random(20_000) < 0.4
    event = rng.random(20_000) < np.where(true, 0.05, 0.10)
    right = np.where(true, 0.9, np.where(event, specificity[1], specificity[0]))
    says = true ^ (rng.random(20_000) >= right)
    cell = 2 * says + event
    chosen = np.concatenate([rng.permutation(np.flatnonzero(cell == c))[:150] for c in range(4)])
    n, k, s = (
        np.bincount(c, minlength=4).reshape(2, 2)
        for c in (cell, cell[chosen], cell[chosen][true[chosen]])
    )
    return n, k, s


@pytest.mark.parametrize("specificity", [(0.85, 0.85), (0.85, 0.65)], ids=["alike", "differ"])
def test_the_stratified_interval_holds_the_truth(specificity: tuple[float, float]) -> None:
    rng = np.random.default_rng(1)
    worlds = [_world(rng, specificity) for _ in range(150)]
    found = [corrected_risk(*world) for world in worlds]
    held = np.mean([(f.low or 0) <= 0.5 <= (f.high or 0) for f in found])
    assert 0.90 <= held <= 0.99  # 150 worlds: .95 +- .036
    differ = [p < 0.05 for w in worlds if (p := differential_of_shares(true_shares(*w)))]
    rejected = np.mean(differ)
    assert rejected < 0.11 if specificity[0] == specificity[1] else rejected > 0.9
    naive = [relative_risk(n[1, 1], n[1].sum(), n[0, 1], n[0].sum()) for n, _, _ in worlds]
    assert np.mean([(f.low or 0) <= 0.5 <= (f.high or 0) for f in naive]) < 0.2
