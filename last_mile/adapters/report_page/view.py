"""Which rows a section shows, in which order and group: report in, rows out.

No wording of numbers (`words.py`), no drawing (`charts.py`), no statistics (they arrive computed).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from last_mile.adapters.report_page.verdicts import VERDICTS, VerdictStyle, verdict_style
from last_mile.adapters.report_page.words import count, finite, percent, percent_range

Row = Mapping[str, Any]

GROUPS = {"engagement": "About engagement", "text": "About the text"}
TIER_COLOURS = {"desirable": "#0072B2", "undesirable": "#D55E00"}
PLAIN_COLOUR = "#7A7A7A"


class LiftTable(NamedTuple):
    """The lift rows of one outcome: `groups` are drawn with an interval, `unplaced` are not."""

    outcome: str
    horizon_days: int | None
    groups: list[tuple[str, list[Row]]]
    unplaced: list[Row]

    @property
    def sections(self) -> list[tuple[str, list[Row]]]:
        """Every row by group, in the order of the chart, the ones without an interval last."""
        unplaced = [("Without an interval", self.unplaced)] if self.unplaced else []
        return self.groups + unplaced

    @property
    def rows(self) -> list[Row]:
        """Every row, in the order of `sections`."""
        return [row for _, rows in self.sections for row in rows]

    @property
    def n(self) -> str:
        """The conversations behind the rows: one number, or the range of them."""
        numbers = [number for row in self.rows if (number := finite(row["n"])) is not None]
        if not numbers:
            return "—"
        low, high = count(min(numbers)), count(max(numbers))
        return f"{high}" if low == high else f"{low} to {high}"


class Audit(NamedTuple):
    """How the registered priors fared: counts by verdict, and the rows they count."""

    n_priors: int
    counts: list[tuple[VerdictStyle, int]]
    rows: list[Row]


class RateBar(NamedTuple):
    """One bar of a rate chart; `text` is what stands at its right."""

    label: str
    rate: float | None
    low: float | None
    high: float | None
    colour: str
    text: str
    n: str


def has_interval(row: Row) -> bool:
    """Tell whether a lift row has a relative risk with both ends of its interval."""
    return all(finite(row[key]) is not None for key in ("rr", "rr_low", "rr_high"))


def lift_tables(report: Mapping[str, Any]) -> list[LiftTable]:
    """Return one table per outcome, the primary outcome's first, even when it has no rows."""
    primary = report["primary_outcome"]
    outcomes = dict.fromkeys([primary, *(row["outcome"] for row in report["lift"])])
    return [
        _lift_table(
            outcome,
            report["horizon_days"] if outcome == primary else None,
            [row for row in report["lift"] if row["outcome"] == outcome],
        )
        for outcome in outcomes
    ]


def _lift_table(outcome: str, horizon_days: int | None, rows: Sequence[Row]) -> LiftTable:
    placed = sorted(filter(has_interval, rows), key=lambda row: -row["rr"])
    names = dict.fromkeys([*GROUPS, *(str(row["about"]) for row in placed)])
    members = {name: [row for row in placed if str(row["about"]) == name] for name in names}
    return LiftTable(
        outcome,
        horizon_days,
        [(GROUPS.get(name, name), group) for name, group in members.items() if group],
        [row for row in rows if not has_interval(row)],
    )


def intuition_audit(rows: Sequence[Row]) -> Audit:
    """Count the verdicts of the rows that had a prior, in the order of the verdict set."""
    judged = [row for row in rows if finite(row["prior_sign"]) is not None]
    tally = Counter(verdict_style(row["verdict"]) for row in judged)
    order = [*VERDICTS, *(style for style in tally if style not in VERDICTS)]
    return Audit(
        len(judged),
        [(style, tally[style]) for style in order if tally[style]],
        sorted(judged, key=lambda row: order.index(verdict_style(row["verdict"]))),
    )


def scope_counts(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the two counts of the scope line, as the funnel states them; None when it does not."""
    steps = {row["step"]: row["n"] for row in report["funnel"]}
    return {"conversations": steps.get("conversations"), "known": steps.get("outcome known")}


def tier_bars(rows: Iterable[Row]) -> list[RateBar]:
    """Return the tiers as bars; the colour says what a tier is trained as."""
    return [
        _rate_bar(row, row["tier"], row["n_known"], TIER_COLOURS.get(row["train"], PLAIN_COLOUR))
        for row in rows
    ]


def release_bars(rows: Iterable[Row]) -> list[RateBar]:
    """Return the releases as bars of one colour."""
    return [_rate_bar(row, row["release"], row["n"], PLAIN_COLOUR) for row in rows]


def _rate_bar(row: Row, name: object, n: object, colour: str) -> RateBar:
    rate, interval = percent(row["rate"]), percent_range(row["rate_low"], row["rate_high"])
    if rate is None:
        text = "— no outcome known yet" if n == 0 else "— no rate"
    else:
        text = f"{rate} ({interval or 'no interval'})"
    return RateBar(
        str(name),
        finite(row["rate"]),
        finite(row["rate_low"]),
        finite(row["rate_high"]),
        colour,
        text,
        count(n) or "—",
    )
