"""Two arms on the same tasks, against published numbers and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar  # type: ignore[import-untyped]

from last_mile.core.stats import Pairs, mcnemar_p, mean_difference, paired_difference


def test_mid_p_of_mcnemar_by_hand() -> None:
    # X ~ B(5, 1/2): P(X=0) = 1/32, P(X=1) = 5/32; mid-p of 1 against 4: 2 (1/32) + 5/32 = 7/32
    assert mcnemar_p(4, 1) == pytest.approx(7 / 32)
    assert mcnemar_p(1, 4) == pytest.approx(7 / 32)
    assert mcnemar_p(3, 3) == mcnemar_p(0, 0) == 1


@pytest.mark.parametrize(("only1", "only0"), [(12, 3), (40, 25), (2, 9)])
def test_mid_p_lies_half_a_probability_below_the_exact_p(only1: int, only0: int) -> None:
    exact = mcnemar([[0, only1], [only0, 0]], exact=True).pvalue
    n, k = only1 + only0, min(only1, only0)
    mass = float(np.prod([(n - i) / (i + 1) for i in range(k)])) / 2**n
    assert mcnemar_p(only1, only0) == pytest.approx(exact - mass)


def test_newcombes_paired_interval_is_the_published_one() -> None:
    """Newcombe 1998 (paired), table III, 36, 12, 2, 0 of 50 by method 10."""
    found = paired_difference(Pairs(36, 12, 2, 0))
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)


def test_tasks_that_agree_narrow_the_interval_and_none_give_none() -> None:
    agreeing, unrelated = Pairs(40, 10, 5, 45), Pairs(25, 25, 20, 30)
    narrow, wide = paired_difference(agreeing), paired_difference(unrelated)
    assert narrow is not None
    assert wide is not None
    assert narrow.value == wide.value == pytest.approx(0.05)
    assert narrow.high - narrow.low < wide.high - wide.low
    assert paired_difference(Pairs(0, 0, 0, 0)) is None


def test_the_mean_of_differences_has_students_interval() -> None:
    # 1, 0, 1, 0: mean 1/2, sd^2 = 4 (1/4)/3 = 1/3, se = sqrt(1/12); t(3, .975) = 3.18245
    found = mean_difference(np.array([1.0, 0.0, 1.0, 0.0]))
    assert found is not None
    interval, p = found
    assert interval.high - interval.value == pytest.approx(3.18245 * (1 / 12) ** 0.5, abs=1e-4)
    assert p == pytest.approx(0.18169, abs=1e-4)  # t = sqrt(3)
    wider = mean_difference(np.array([1.0, 0.0, 1.0, 0.0]), least_se=1.0)
    assert wider is not None
    assert wider[0].high == pytest.approx(0.5 + 3.18245, abs=1e-4)
    assert mean_difference(np.array([1.0])) is None
    assert mean_difference(np.array([0.5, 0.5])) is None
