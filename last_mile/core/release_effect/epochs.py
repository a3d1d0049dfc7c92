"""Whether a flag of two releases rests on one epoch or definition; if not, what a bridge says.

Not here: tasks (basis.py), the crosswalk (core/stats/crosswalk.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from last_mile.core.judge.bridge import Crossed, Flagged
from last_mile.core.release_effect.basis import ALL, Basis
from last_mile.core.release_effect.coded import Coded
from last_mile.core.release_effect.measure import Measure
from last_mile.core.release_effect.pairs import Pair
from last_mile.core.stats import Crosswalk, crosswalk, crosswalk_difference

SAME, COMMON_EPOCH, DIFFER = "same_epoch", "common_epoch", "epochs_differ"
RULE_CHANGED = (
    "rule_changed"  # why flags on two versions are refused that cost nothing to make again
)
_HALF = 0.5  # of the conversations of either release, that a common epoch must have judged


@dataclass(frozen=True)
class Versions:
    """The epoch or definition that flags are of.

    Attributes:
        current: By metric, what flags are made by now.
        by_day: By metric and day, what they were made by.
    """

    current: Mapping[str, str] = field(default_factory=dict)
    by_day: Mapping[str, Mapping[date, str]] = field(default_factory=dict)

    def of(self, metric: str, days: pl.Series) -> pl.Series:
        """The version of a metric's flags on each of some days; empty where it is not known."""
        known = self.by_day.get(metric, {})
        found = {day: known.get(day, "") for day in days.unique()}
        if len(set(found.values())) <= 1:
            return pl.repeat(next(iter(found.values()), ""), len(days), eager=True)
        return days.replace_strict(found, return_dtype=pl.String)

    def left_out(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of reads/release_rows.sql without flags of another version than the current one."""
        others = {
            metric: [day for day, version in days.items() if version != self.current[metric]]
            for metric, days in self.by_day.items()
            if metric in self.current and metric in rows.columns
        }
        return rows.with_columns(
            pl.when(~pl.col("day").is_in(days)).then(pl.col(metric)).alias(metric)
            for metric, days in others.items()
            if days
        )


@dataclass(frozen=True)
class Bridges:
    """What two epochs answered, by release.

    Attributes:
        epoch: The current one.
        flags: By (release, version, metric).
        pairs: By (older version, release, metric); keys are texts.
        versions: Of the flags.
    """

    epoch: str = ""
    flags: Mapping[tuple[Any, ...], Flagged] = field(default_factory=dict)
    pairs: Mapping[tuple[str, ...], Crossed] = field(default_factory=dict)
    versions: Versions = field(default_factory=Versions)

    def current(self, metric: str) -> str:
        """The version of a metric's flags that are made now."""
        return self.versions.current.get(metric, self.epoch)

    def can_be_rebuilt(self, metric: str, version: str | None) -> bool:
        """Whether flags of a judged metric are of the current epoch's answers, made otherwise."""
        of_epoch = str(version).partition(":")[0] == self.epoch
        return of_epoch and version != self.current(metric)


class EpochBasis(NamedTuple):
    """Which epoch's flags of each release count; of a rule, which definition's.

    Attributes:
        basis: `same_epoch`; `common_epoch`: others judged a part and are left out;
            `epochs_differ`: no epoch judged half of both, each release has its own.
        epoch: Of the newer release; None: no flag is known.
        epoch_reference: Of the reference.
        n_left_out: Conversations with a flag of another one.
        coded: The rows without those flags.
    """

    basis: str
    epoch: str | None
    epoch_reference: str | None
    n_left_out: int
    coded: Coded


def epoch_basis(coded: Coded, measure: Measure, versions: Versions) -> EpochBasis:
    """The epoch or definition that made at least half of both releases' flags, or one for each.

    Args:
        coded: Conversations of two releases, or of one.
        measure: A flag.
        versions: The current one is preferred where it has half.
    """
    current = versions.current.get(measure.id)
    known = coded.rows[measure.id].is_not_null().to_numpy()
    epochs = versions.of(measure.id, coded.rows["day"])
    both = pl.DataFrame({"epoch": epochs, "arm": coded.arm}).filter(pl.Series(known))
    counts = both.group_by("epoch", "arm").len()
    shares = _shares(counts)
    if len(shares) <= 1:
        [only] = shares or [None]
        return EpochBasis(SAME, only, only, 0, coded)
    common = [epoch for epoch, arms in shares.items() if min(arms.values()) >= _HALF]
    if common:
        chosen = {arm: max(common, key=lambda one: (one == current, one)) for arm in (True, False)}
    else:
        chosen = {
            arm: max(shares, key=lambda one: (shares[one].get(arm, 0.0), one == current, one))
            for arm in (True, False)
        }
    basis = COMMON_EPOCH if chosen[True] == chosen[False] else DIFFER
    wanted = np.where(coded.arm, chosen[True], chosen[False])
    kept = epochs.to_numpy() == wanted
    left_out = int((known & ~kept).sum())
    column = pl.when(pl.Series(kept)).then(pl.col(measure.id)).alias(measure.id)
    masked = replace(coded, rows=coded.rows.with_columns(column))
    return EpochBasis(basis, chosen[True], chosen[False], left_out, masked)


def refused(
    pair: Pair, basis: Basis, based: EpochBasis, measure: Measure, bridges: Bridges
) -> dict[str, Any]:
    """Columns of a flag on two epochs or definitions: the reason, and what a bridge says.

    Of a rule nothing is bridged, nor of answers that would be other flags now: these days can be
    built again for nothing.
    """
    versions = (based.epoch, based.epoch_reference)
    if not measure.weighted or any(bridges.can_be_rebuilt(measure.id, one) for one in versions):
        return {"reason": RULE_CHANGED, "p": None, "worst_p": None}
    found = bridged(pair, basis, based, measure, bridges)
    return {"reason": DIFFER, "p": None, "worst_p": None, **found}


def bridged(
    pair: Pair, basis: Basis, based: EpochBasis, measure: Measure, bridges: Bridges
) -> dict[str, Any]:
    """Columns `bridged_…`: both rates as the current epoch would have them, and their difference.

    As counted: no mix is held fixed, and conversations are taken as independent. A release's share
    is moved with the pairs of its own conversations, so nothing is assumed of other releases.
    """
    if basis.basis != ALL:
        return {"bridge_reason": "task_sets_differ"}
    newer, n1 = _arm(pair.release, based.epoch, measure, bridges)
    older, n0 = _arm(pair.reference, based.epoch_reference, measure, bridges)
    reason = newer.reason or older.reason
    found = {
        "bridged_rate": newer.value, "bridged_rate_reference": older.value,
        "n_bridge_pairs": n1 + n0, "bridge_reason": reason,
    }  # fmt: skip
    if newer.interval is None or older.interval is None:
        return found
    difference = crosswalk_difference(newer.interval, older.interval)
    return found | {
        "bridged_rd": difference.value, "bridged_low": difference.low,
        "bridged_high": difference.high,
    }  # fmt: skip


def _arm(
    release: str | None, epoch: str | None, measure: Measure, bridges: Bridges
) -> tuple[Crosswalk, int]:
    """The share under the current epoch, and the pairs it rests on: none where it is of it."""
    flags = bridges.flags.get((release, epoch, measure.id), Flagged())
    if epoch == bridges.current(measure.id):
        share = flags.share
        if share is None:
            return Crosswalk(None, None, None, "no_old_answers"), 0
        return Crosswalk(share.value, share.low, share.high, None), 0
    pairs = bridges.pairs.get((str(epoch), str(release), measure.id), Crossed())
    return crosswalk(pairs.pairs, flags.weight, flags.effective), pairs.scored


def _shares(counts: pl.DataFrame) -> dict[str, dict[bool, float]]:
    """Of each arm's conversations, the share of every epoch: 0 where it judged none."""
    totals = dict(counts.group_by("arm").agg(pl.col("len").sum()).iter_rows())
    found: dict[str, dict[bool, float]] = {}
    for epoch, arm, n in counts.sort("epoch", "arm").iter_rows():
        found.setdefault(epoch, dict.fromkeys(totals, 0.0))[arm] = n / totals[arm]
    return found
