"""Adjusted relative risk by modified Poisson regression, fitted on counts by stratum and flag.

Not here: the variance by user, which needs the rows (clusters.py); strata pooled without a model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats.risk import FEW_EVENTS, log_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]
Counts = NDArray[np.floating] | Ints

_TOLERANCE = 1e-8  # of the coefficients
_ITERATIONS = 30
_DEPENDENT = 1e-9  # share of a column's length that no earlier column explains
_NO_VARIANCE = 1e-18  # what rounding leaves of a variance of 0


@dataclass(frozen=True, slots=True)
class AdjustedFit:
    """Adjusted relative risk of a flag; `low`, `high` and `p` only after `with_error`.

    Attributes:
        rr: Relative risk, or None.
        low: Lower end of its 95 % interval.
        high: Upper end.
        p: Two-sided p-value of the log being 0.
        reason: Why something is missing: `empty_arm`, `no_events`, `not_enough_events`,
            `collinear`, `not_converged`, `no_variation`, or None.
        beta: Log of the relative risk.
        influence: What a conversation of a stratum, flag and outcome moves `beta` by, per weight
            [strata, 2 (flag), 2 (event)].
        n: Conversations, or the sum of their weights.
        dropped: Covariates left out because the others say the same.
        parameters: Coefficients of the model, for the small-sample factor of the variance.
    """

    rr: float | None
    low: float | None
    high: float | None
    p: float | None
    reason: str | None
    beta: float | None
    influence: Floats
    n: float
    dropped: tuple[str, ...]
    parameters: int


class _Design(NamedTuple):
    rows: tuple[Ints, Ints]  # stratum and arm of each row of `columns`
    columns: Floats  # [rows, coefficients], the flag last
    dropped: tuple[str, ...]
    parameters: int
    flag_is_free: bool  # of the covariates


def fit_adjusted(
    covariates: Mapping[str, Ints], n: Counts, events: Counts, counted: Counts | None = None
) -> AdjustedFit:
    """Fit log(rate) = intercept + main effects of every covariate + beta * flag.

    Modified Poisson (Zou 2004, Am J Epidemiol 159:702): the Poisson score equations estimate the
    log relative risk of a binary outcome; its error comes from `ClusteredRows.variance`. Rows that
    agree in covariates and flag share one fitted rate, so their counts are all the fit needs.

    Args:
        covariates: Category code of every stratum by name [strata].
        n: Conversations without and with the flag, or sums of weights [strata, 2].
        events: Those of them with the outcome [strata, 2].
        counted: Events without weights, where `events` has them: few events are judged by these.

    Returns:
        The fit. With fewer than 5 events in an arm it has a reason, and `rr` where it is finite.
    """
    n, events = n.astype(np.float64), events.astype(np.float64)
    fit = AdjustedFit(
        None, None, None, None, None, None, np.zeros((*n.shape, 2)), float(n.sum()), (), 0
    )
    by_arm = (events if counted is None else counted).sum(axis=0)
    if n.sum(axis=0).min() <= 0:
        return replace(fit, reason="empty_arm")
    if by_arm.sum() == 0:
        return replace(fit, reason="no_events")
    few = "not_enough_events" if by_arm.min() < FEW_EVENTS else None
    if by_arm.min() == 0:  # the fitted ratio is 0 or infinite
        return replace(fit, reason=few, rr=0.0 if by_arm[1] == 0 else None)
    design = _design(covariates, n, events)
    fit = replace(fit, dropped=design.dropped, parameters=design.parameters)
    if not design.flag_is_free:
        return replace(fit, reason="collinear")
    solved = _solved(design.columns, n[design.rows], events[design.rows])
    if solved is None:
        return replace(fit, reason=few or "not_converged")
    beta, pull, rate = solved
    fit.influence[design.rows] = pull[:, None] * (np.array([0.0, 1.0]) - rate[:, None])
    return replace(fit, reason=few, beta=beta, rr=math.exp(beta))


def with_error(fit: AdjustedFit, variance: float) -> AdjustedFit:
    """A fit with interval and p-value from the variance of `beta`; unchanged if it has a reason."""
    if fit.reason or fit.rr is None:
        return fit
    if variance < _NO_VARIANCE:  # everybody had the event, or all are one user
        return replace(fit, reason="no_variation")
    found = log_interval(fit.rr, variance, "poisson")
    return replace(fit, low=found.low, high=found.high, p=found.p)


def _design(covariates: Mapping[str, Ints], n: Floats, events: Floats) -> _Design:
    """Columns of the rows that say something about the flag, none a combination of the others.

    The coefficient of a level without events is minus infinity: its rows are fitted exactly
    whatever the flag does, so they are left out and the others keep finite coefficients.
    """
    kept, n_levels_without = n.sum(axis=1) > 0, 0
    for codes in covariates.values():
        happened = np.bincount(codes, events.sum(axis=1)) > 0
        present = np.bincount(codes, n.sum(axis=1)) > 0
        n_levels_without += int((present & ~happened).sum())
        kept &= happened[codes]
    stratum, arm = np.nonzero((n > 0) & kept[:, None])
    names, columns = [""], [np.ones((len(stratum), 1))]
    for name, codes in covariates.items():
        values = codes[stratum]
        levels = np.unique(values)[1:]
        columns.append((values[:, None] == levels).astype(np.float64))
        names += [name] * len(levels)
    wide = np.hstack([*columns, arm[:, None].astype(np.float64)])
    free = _independent(wide)
    used = {names[i] for i in free if i < len(names)}
    return _Design(
        rows=(stratum, arm),
        columns=wide[:, free],
        dropped=tuple(name for name in covariates if name in names and name not in used),
        parameters=len(free) + n_levels_without,
        flag_is_free=free[-1] == len(names),
    )


def _independent(columns: Floats) -> list[int]:
    """Places of the columns that are no combination of earlier ones (Gram-Schmidt, twice)."""
    basis, free = np.zeros_like(columns), list[int]()
    for i in range(columns.shape[1]):
        rest = columns[:, i].copy()
        for _ in range(2):  # once leaves rounding of the order of the tolerance
            rest -= basis[:, : len(free)] @ (basis[:, : len(free)].T @ rest)
        length = np.linalg.norm(rest)
        if length > _DEPENDENT * np.linalg.norm(columns[:, i]):
            basis[:, len(free)] = rest / length
            free.append(i)
    return free


def _solved(columns: Floats, n: Floats, events: Floats) -> tuple[float, Floats, Floats] | None:
    """Iteratively reweighted least squares; None when the coefficients do not settle.

    Returns:
        The last coefficient; what a row's residual moves it by [rows]; the fitted rates [rows].
    """
    fitted = (events + n * events.sum() / n.sum()) / 2
    line, beta = np.log(fitted / n), np.full(columns.shape[1], np.inf)
    for _ in range(_ITERATIONS):
        weighted = columns.T * fitted
        target = weighted @ line + columns.T @ (events - fitted)
        try:
            after = np.linalg.solve(weighted @ columns, target)
        except np.linalg.LinAlgError:
            return None
        settled = np.abs(after - beta).max() <= _TOLERANCE * (1 + np.abs(after).max())
        beta, line = after, columns @ after
        with np.errstate(over="ignore"):
            fitted = n * np.exp(line)
        if not np.isfinite(fitted).all():
            return None
        if settled:
            last = np.linalg.inv((columns.T * fitted) @ columns)[-1]
            return float(beta[-1]), columns @ last, np.exp(line)
    return None
