"""Adjusted ratios: pooled strata, modified Poisson, errors that hang together by user.

Not here: the article's worlds (article.py).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from last_mile.core.stats import (
    AdjustedFit,
    ClusteredRows,
    fit_adjusted,
    mantel_haenszel,
    relative_risk,
    with_error,
)
from last_mile_tests.prove.coverage import MISSES, Answers, Claim, Setting, pair
from last_mile_tests.prove.worlds import Bools, FewUsers, Ints, Stratified


def strata_trial(world: Stratified, rng: np.random.Generator) -> Answers:
    """24 confounding strata: pooled, fitted with two main effects, and crude."""
    events1, n1, events0, n0 = world.draw(rng)
    pooled = mantel_haenszel(n1, events1, n0, events0)
    crude = relative_risk(int(events1.sum()), int(n1.sum()), int(events0.sum()), int(n0.sum()))
    return {
        "mantel_haenszel": pair(pooled.low, pooled.high),
        "relative_risk, crude": pair(crude.low, crude.high),
    }


def users_trial(world: FewUsers, rng: np.random.Generator) -> Answers:
    """Few users with many conversations: errors by user, and by conversation."""
    user, category, flag, event = world.draw(rng)
    fit = fit_by_rows({"category": np.arange(3)}, category, flag, event)
    answers = {}
    for name, cluster in (
        ("fit_adjusted, by user", user),
        ("fit_adjusted, by conversation", np.arange(user.size)),
    ):
        found = with_rows(fit, cluster, category, flag, event)
        answers[name] = pair(found.low, found.high)
    arms = [np.bincount(category, flag == has, 3) for has in (True, False)]
    events = [np.bincount(category, event * (flag == has), 3) for has in (True, False)]
    pooled = mantel_haenszel(arms[0], events[0], arms[1], events[1])
    return {**answers, "mantel_haenszel, by conversation": pair(pooled.low, pooled.high)}


def fit_by_rows(codes: dict[str, Ints], stratum: Ints, flag: Bools, event: Ints) -> AdjustedFit:
    """Fit rows counted by stratum.

    Args:
        codes: Covariates: their code in every stratum.
        stratum: Stratum of every row.
        flag: Of every row.
        event: 0 or 1 of every row.
    """
    strata = len(next(iter(codes.values())))
    place = 2 * stratum + flag
    n, events = (
        np.bincount(place, weights, 2 * strata).reshape(strata, 2)
        for weights in (np.ones(stratum.size), event.astype(np.float64))
    )
    return fit_adjusted(codes, n, events)


def with_rows(
    fit: AdjustedFit, cluster: Ints, stratum: Ints, flag: Bools, event: Ints
) -> AdjustedFit:
    """A fit with its interval; rows of one cluster hang together."""
    if fit.reason:
        return fit
    rows = ClusteredRows.of(cluster, stratum, event.astype(bool))
    variance, _ = rows.variance(fit.influence, flag.astype(np.int8), parameters=fit.parameters)
    return with_error(fit, variance)


SETTINGS = (
    Setting(
        "24 confounding strata, 20,000 conversations",
        partial(strata_trial, Stratified(20_000, 0.6)),
        (Claim("mantel_haenszel", 0.6), Claim("relative_risk, crude", 0.6, MISSES)),
    ),
    Setting(
        "24 confounding strata, 2,000 conversations",
        partial(strata_trial, Stratified(2_000, 1.5)),
        (Claim("mantel_haenszel", 1.5), Claim("relative_risk, crude", 1.5, MISSES)),
    ),
    *(
        Setting(
            f"{users} users with {each} conversations, shared frailty",
            partial(users_trial, FewUsers(users, each, 1.5)),
            (
                Claim("fit_adjusted, by user", 1.5),
                Claim("fit_adjusted, by conversation", 1.5, MISSES),
                Claim("mantel_haenszel, by conversation", 1.5, MISSES),
            ),
            times=10,
        )
        for users, each in ((300, 40), (100, 100))
    ),
)
