"""The forest plot: every metric of an outcome with its relative risks, by group."""

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from last_mile.adapters.report_page.charts.canvas import (
    MUTED,
    Canvas,
    from_the_top,
    heads,
    write,
)
from last_mile.adapters.report_page.charts.ratios import marks, risk_axis, risk_limits
from last_mile.adapters.report_page.figures import Row, leading
from last_mile.adapters.report_page.svg import inline_svg
from last_mile.adapters.report_page.view import LiftTable
from last_mile.adapters.report_page.words import DASH, count, label, ratio, ratio_range, spoken


def forest_plot(table: LiftTable) -> Markup | None:
    """Return the relative risks of a table on a log axis, by group; None without any interval."""
    if not table.groups:
        return None
    lines: list[str | Row] = []
    for name, rows in table.groups:
        lines += [name, *rows]
    drawn = [row for _, rows in table.groups for row in rows]
    limits = risk_limits(drawn)
    canvas = Canvas(len(lines), row=29.0)

    def paint(figure: Figure) -> None:
        axes = canvas.axes(figure, left=0.235, right=0.67)
        risk_axis(axes, limits)
        axes.set_xlabel("relative risk (log scale); 1 = no difference", color=MUTED, fontsize=11)
        heads(axes, len(lines), {0.69: "RR (95% interval)", 1.0: "n true / scored"})
        for y, line in from_the_top(lines):
            if isinstance(line, str):
                write(axes, 0.0, y, label(line), weight="bold")
            else:
                marks(axes, y, line, limits)
                _beside(axes, y, line)

    description = (
        f"Forest plot: relative risk of {label(table.outcome)} for {len(drawn)} metrics, crude, "
        f"adjusted and corrected where there is such a figure, n = {table.n} conversations. "
        "The table below holds the same numbers."
    )
    return inline_svg("forest", description, canvas.size, paint)


def _beside(axes: Axes, y: float, row: Row) -> None:
    """Write a metric's name, the figure its verdict is about, and its n."""
    write(axes, 0.012, y, label(spoken(row["metric"])))
    found = leading(row)
    if found:
        crude = " crude" if found.kind == "crude" else ""
        text = f"{ratio(found.rr)} ({ratio_range(found.low, found.high)}){crude}"
        write(axes, 0.69, y, text)
    n_true, n_scored = count(row["n_true"]) or DASH, count(row["n_scored"]) or DASH
    write(axes, 1.0, y, f"{n_true} / {n_scored}", align="right", color=MUTED)
