"""Which rows a section shows, in which order and group: report in, rows out.

No wording of numbers (`words.py`), no drawing (`charts/`), no statistics (they arrive computed).
"""

from collections.abc import Iterable, Mapping, Sequence
from string import ascii_lowercase
from typing import Any, NamedTuple

from last_mile.adapters.report_page.figures import Row, leading
from last_mile.adapters.report_page.verdicts import VerdictStyle, verdict_style
from last_mile.adapters.report_page.words import count, day, finite, percent, percent_range

GROUPS = {"engagement": "About engagement", "text": "About the text"}
UNPLACED, LEAKING = "Without an interval", "Knows the outcome"
TIER_COLOURS = {"desirable": "#0072B2", "undesirable": "#D55E00"}
PLAIN_COLOUR = "#7A7A7A"


class LiftTable(NamedTuple):
    """The lift rows of one outcome and scope: `groups` are drawn, the others are not.

    `adjustments` gives every adjustment set a letter, for the notes under the table.
    """

    outcome: str
    scope: str
    horizon_days: int | None
    groups: list[tuple[str, list[Row]]]
    unplaced: list[Row]
    leaking: list[Row]
    adjustments: dict[str, str]

    @property
    def sections(self) -> list[tuple[str, list[Row]]]:
        """Every row by group, in the order of the chart, then the ones it leaves out."""
        others = [(UNPLACED, self.unplaced), (LEAKING, self.leaking)]
        return self.groups + [(name, rows) for name, rows in others if rows]

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


class RateBar(NamedTuple):
    """One bar of a rate chart; `text` is what stands at its right."""

    label: str
    rate: float | None
    low: float | None
    high: float | None
    colour: str
    text: str
    n: str


def lift_tables(report: Mapping[str, Any]) -> list[LiftTable]:
    """Return one table per outcome, the primary outcome's first, even when it has no rows."""
    primary = report["primary_outcome"]
    outcomes = dict.fromkeys([primary, *(row["outcome"] for row in report["lift"])])
    return [
        _lift_table(
            outcome,
            "all",
            report["horizon_days"] if outcome == primary else None,
            [row for row in report["lift"] if row["outcome"] == outcome],
        )
        for outcome in outcomes
    ]


def scope_tables(report: Mapping[str, Any]) -> list[LiftTable]:
    """Return one table per release and surface, of the primary outcome."""
    rows = report["lift_scopes"]
    return [
        _lift_table(
            report["primary_outcome"],
            scope,
            report["horizon_days"],
            [row for row in rows if row["scope"] == scope],
        )
        for scope in dict.fromkeys(row["scope"] for row in rows)
    ]


def _lift_table(
    outcome: str, scope: str, horizon_days: int | None, rows: Sequence[Row]
) -> LiftTable:
    fair = [row for row in rows if not row["leaks"]]
    found = [(row, figure.rr) for row in fair if (figure := leading(row))]
    placed = [row for row, _ in sorted(found, key=lambda pair: -pair[1])]
    names = dict.fromkeys([*GROUPS, *(str(row["about"]) for row in placed)])
    members = {name: [row for row in placed if str(row["about"]) == name] for name in names}
    table = LiftTable(
        outcome,
        scope,
        horizon_days,
        [(GROUPS.get(name, name), group) for name, group in members.items() if group],
        [row for row in fair if not leading(row)],
        [row for row in rows if row["leaks"]],
        {},
    )
    sets = dict.fromkeys(row["adjusted_for"] for row in table.rows if row["adjusted_for"])
    return table._replace(adjustments={name: _letter(i) for i, name in enumerate(sets)})


def _letter(i: int) -> str:
    """Return a, b, and so on to z, then aa, bb."""
    return ascii_lowercase[i % 26] * (i // 26 + 1)


def contrast_panels(section: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Return the strongest metrics of either kind by heading; nothing when both are empty."""
    panels = {heading: section[name] for name, heading in GROUPS.items()}
    return panels if any(panels.values()) else {}


def tally(audit: Mapping[str, Any]) -> list[tuple[VerdictStyle, int]]:
    """Return how many priors met each verdict, without the verdicts none met."""
    return [(verdict_style(name), n) for name, n in audit["counts"].items() if n]


def scope_counts(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the two counts of the scope line, as the funnel states them; None when it does not."""
    steps = {row["step"]: row["n"] for row in report["funnel"]}
    return {"conversations": steps.get("conversations"), "known": steps.get("outcome known")}


def tier_bars(rows: Iterable[Row]) -> list[RateBar]:
    """Return the tiers as bars; the colour says what a tier is trained as."""
    return [
        _rate_bar(row, row["name"], row["n_known"], TIER_COLOURS.get(row["train"], PLAIN_COLOUR))
        for row in rows
    ]


def release_bars(report: Row) -> list[RateBar]:
    """Return the releases as bars of one colour: their rates of the primary outcome."""
    rows = (row for row in report["releases"] if row["measure"] == report["primary_outcome"])
    return [_rate_bar(row, row["release"], row["n"], PLAIN_COLOUR) for row in rows]


class ReleaseTable(NamedTuple):
    """The outcomes and flags of one release against its reference."""

    caption: str
    adjusted_for: str | None
    rows: list[Row]


def release_tables(rows: Iterable[Row]) -> list[ReleaseTable]:
    """Return one table per release that has a reference, outcomes first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["reference"] is not None:
            found.setdefault((row["release"], row["reference"]), []).append(row)
    return [
        ReleaseTable(
            f"Release {release} against {reference}.",
            next((row["adjusted_for"] for row in of if row["kind"] == "outcome"), None),
            sorted(of, key=lambda row: row["kind"] != "outcome"),
        )
        for (release, reference), of in found.items()
    ]


def effects(report: Row) -> list[Row]:
    """Return what goes along with the primary outcome, the largest difference first."""
    rows = [row for row in report["effects"] if row["outcome"] == report["primary_outcome"]]
    return sorted(rows, key=lambda row: -abs(finite(row["rd"]) or 0.0))


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


def epoch_columns(epochs: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return heading and class of the columns of trends: the metric, then each week."""
    weeks = epochs["weeks"] if epochs else []
    return [("Metric", ""), *((day(week) or "—", "num") for week in weeks)]
