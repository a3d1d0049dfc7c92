"""Two panels on one scale: the strongest engagement metrics beside the strongest text metrics."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from last_mile.adapters.report_page.charts.canvas import MUTED, Canvas, from_the_top, write
from last_mile.adapters.report_page.charts.ratios import marks, risk_axis, risk_limits
from last_mile.adapters.report_page.figures import Row, leading
from last_mile.adapters.report_page.svg import inline_svg
from last_mile.adapters.report_page.words import DASH, count, label, ratio, ratio_range, spoken

_NAME, _PLOT, _TEXT, _PANEL = 0.165, 0.33, 0.342, 0.5  # shares of the width, within a panel


def contrast_plot(panels: Mapping[str, Sequence[Row]]) -> Markup | None:
    """Return each panel's relative risks on the same log axis; None without any.

    Args:
        panels: Heading to rows, at most two panels.
    """
    rows = [row for members in panels.values() for row in members]
    if not rows:
        return None
    limits = risk_limits(rows)
    canvas = Canvas(max(len(members) for members in panels.values()), row=30.0)

    def paint(figure: Figure) -> None:
        for i, (name, members) in enumerate(panels.items()):
            offset = i * _PANEL
            axes = canvas.axes(figure, left=offset + _NAME, right=offset + _PLOT)
            risk_axis(axes, limits)
            axes.set_xlabel("relative risk (log scale)", color=MUTED, fontsize=11)
            write(axes, offset, canvas.lines - 0.1, label(name, 40), weight="bold")
            for y, row in from_the_top(members):
                place = canvas.lines - len(members) + y
                marks(axes, place, row, limits)
                _beside(axes, place, row, offset)

    described = "; ".join(
        f"{label(name, 40)}: " + (", ".join(map(_worded, members)) or "none")
        for name, members in panels.items()
    )
    return inline_svg("contrast", f"Strongest metrics by kind. {described}.", canvas.size, paint)


def _beside(axes: Axes, y: float, row: Row, offset: float) -> None:
    write(axes, offset, y, label(spoken(row["metric"]), 21))
    found = leading(row)
    if found:
        crude = " crude" if found.kind == "crude" else ""
        text = f"{ratio(found.rr)} ({ratio_range(found.low, found.high)}){crude}"
        write(axes, offset + _TEXT, y, text, size=11)


def _worded(row: Row) -> str:
    found = leading(row)
    interval = f"{ratio(found.rr)} ({ratio_range(found.low, found.high)})" if found else DASH
    return f"{label(spoken(row['metric']))} {interval}, n = {count(row['n_scored']) or DASH}"
