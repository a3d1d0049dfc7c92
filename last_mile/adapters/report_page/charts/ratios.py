"""A log axis of relative risks and the marks on it: crude, adjusted, corrected.

Which rows are drawn, and what stands beside them, is the charts' matter (forest.py, contrast.py).
"""

from collections.abc import Sequence

from matplotlib.axes import Axes

from last_mile.adapters.report_page.charts.canvas import INK, ticks
from last_mile.adapters.report_page.figures import Estimate, Row, estimates, leading
from last_mile.adapters.report_page.verdicts import CORRECTED, CRUDE, VerdictStyle, verdict_style

Limits = tuple[float, float]

WIDEST = 10.0  # a relative risk beyond 10 or under 1/10 is drawn as an arrow at the edge
WIDE_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
NARROW_TICKS = (0.5, 0.67, 0.8, 1, 1.25, 1.5, 2)


def risk_limits(rows: Sequence[Row]) -> Limits:
    """Return the ends of the axis: every point, and the intervals that decided something.

    One rare flag's interval would otherwise squeeze all others; it gets arrows instead.
    """
    points = [found.rr for row in rows for found in estimates(row)]
    told = [found for row in rows if row["verdict"] != "underpowered" and (found := leading(row))]
    low = min([0.8, *(point / 1.2 for point in points), *(found.low for found in told)])
    high = max([1.25, *(point * 1.2 for point in points), *(found.high for found in told)])
    return max(low, 1 / WIDEST) / 1.08, min(high, WIDEST) * 1.08


def risk_axis(axes: Axes, limits: Limits) -> None:
    """Make the x axis one of relative risks, with a line at 1."""
    low, high = limits
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    values = NARROW_TICKS if max(high, 1 / low) <= NARROW_TICKS[-1] else WIDE_TICKS
    ticks(axes, [tick for tick in values if low <= tick <= high], "{:g}")
    axes.axvline(1, color=INK, linewidth=1)


def marks(axes: Axes, y: float, row: Row, limits: Limits, spread: float = 0.27) -> None:
    """Draw every figure of a row: the leading one on the line, crude above it, corrected below."""
    lead = leading(row)
    for found in estimates(row):
        if found == lead:
            style = verdict_style(row["verdict"])
            _mark(axes, y, found, style, limits, hollow=found.kind == "crude")
        elif found.kind == "crude":
            _mark(axes, y + spread, found, CRUDE, limits, hollow=True, small=True)
        else:
            _mark(axes, y - spread, found, CORRECTED, limits, small=True)


def _mark(
    axes: Axes, y: float, found: Estimate, style: VerdictStyle, limits: Limits,
    *, hollow: bool = False, small: bool = False,
) -> None:  # fmt: skip
    """Draw one interval and its point; an arrow where it leaves the axis."""
    point, low, high = (min(max(x, limits[0]), limits[1]) for x in found[1:])
    width = 1.1 if small else 1.8
    axes.plot([low, high], [y, y], color=style.colour, linewidth=width, solid_capstyle="butt")
    for edge, arrow, beyond in ((low, "<", found.low), (high, ">", found.high)):
        if edge != beyond:
            size = 4 if small else 6
            axes.plot([edge], [y], arrow, color=style.colour, markersize=size, clip_on=False)
    axes.plot(
        [point], [y], style.marker, markersize=5.5 if hollow and small else 7.5, clip_on=False,
        markerfacecolor="white" if hollow else style.colour,
        markeredgecolor=style.colour if hollow or small else "white",
        markeredgewidth=1.2 if hollow else 0.8,
    )  # fmt: skip
