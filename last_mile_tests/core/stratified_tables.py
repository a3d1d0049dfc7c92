"""Published tables of two arms in strata, in the order the functions and statsmodels take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable  # type: ignore[import-untyped]

Tables = Sequence[Sequence[Sequence[int]]]  # [strata][arm 1, arm 0][events, others]

BIRTHWT = [[[19, 33], [4, 40]], [[6, 4], [5, 11]], [[5, 7], [20, 35]]]
BERKELEY = [
    [[512, 313], [89, 19]], [[353, 207], [17, 8]], [[120, 205], [202, 391]],
    [[138, 279], [131, 244]], [[53, 138], [94, 299]], [[22, 351], [24, 317]],
]  # fmt: skip
# statsmodels' TestStratified3: rejection, and 278 instead of 279 in department D
BERKELEY_278 = [
    [[313, 512], [19, 89]], [[207, 353], [8, 17]], [[205, 120], [391, 202]],
    [[278, 139], [244, 131]], [[138, 53], [299, 94]], [[351, 22], [317, 24]],
]  # fmt: skip
RABBITS = [
    [[0, 0], [6, 5]], [[3, 0], [3, 6]], [[6, 2], [0, 4]], [[5, 6], [1, 0]], [[2, 5], [0, 0]],
]  # fmt: skip
# statsmodels' TestStratified2
STRATIFIED_2 = [
    [[20, 14], [10, 24]], [[15, 12], [3, 15]], [[3, 2], [3, 2]], [[12, 3], [7, 5]],
    [[1, 0], [3, 2]],
]  # fmt: skip


class Arms(NamedTuple):
    """Arguments in the order of the functions."""

    n1: Any
    events1: Any
    n0: Any
    events0: Any


def arms_of(tables: Tables) -> Arms:
    counts = np.array(tables, float)
    return Arms(
        counts[:, 0].sum(axis=1), counts[:, 0, 0], counts[:, 1].sum(axis=1), counts[:, 1, 0]
    )


def printed(figure: float) -> Any:
    """Equal to as many digits as the source prints."""
    digits = len(str(figure).partition(".")[2])
    return pytest.approx(figure, abs=0.5001 * 10.0**-digits)


def stratified(tables: Tables) -> Any:
    return StratifiedTable([np.array(table, float) for table in tables])
