"""Horizontal bars: outcome rates with their intervals, and counts.

Which rows are drawn is `view.py`'s matter.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from last_mile.adapters.report_page.charts.canvas import (
    INK,
    MUTED,
    Canvas,
    from_the_top,
    heads,
    ticks,
    write,
)
from last_mile.adapters.report_page.svg import inline_svg
from last_mile.adapters.report_page.view import RateBar
from last_mile.adapters.report_page.words import DASH, count, finite, label


def rate_bars(name: str, bars: Sequence[RateBar]) -> Markup | None:
    """Return outcome rates as horizontal bars with intervals and n; None without any rate."""
    values = [value for bar in bars for value in (bar.rate, bar.high) if value is not None]
    if not values:
        return None
    canvas = Canvas(len(bars))

    def paint(figure: Figure) -> None:
        axes = canvas.axes(figure, left=0.235, right=0.70)
        axes.set_xlim(0, max([*values, 0.001]) * 1.05)
        ticks(axes, _round_steps(axes.get_xlim()[1]), "{:.3g}%", scale=100)
        heads(axes, len(bars), {0.72: "rate (95% interval)", 1.0: "n"})
        for y, bar in from_the_top(bars):
            axes.barh(y, bar.rate or 0, height=0.56, color=bar.colour, alpha=0.65)
            if bar.low is not None and bar.high is not None:
                axes.plot([bar.low, bar.high], [y, y], color=INK, linewidth=1.4)
            write(axes, 0.0, y, label(bar.label))
            write(axes, 0.72, y, bar.text)
            write(axes, 1.0, y, bar.n, align="right", color=MUTED)

    described = "; ".join(f"{label(bar.label)}: {bar.text}, n = {bar.n}" for bar in bars)
    return inline_svg(name, f"Outcome rate by row. {described}.", canvas.size, paint)


def count_bars(rows: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Return the funnel's counts as horizontal bars with their numbers; None without rows."""
    if not rows:
        return None
    largest = max([1.0, *(finite(row["n"]) or 0 for row in rows)])
    canvas = Canvas(len(rows))

    def paint(figure: Figure) -> None:
        axes = canvas.axes(figure, left=0.235, right=0.91)
        axes.set_xlim(0, largest)
        axes.set_xticks([])
        for y, row in from_the_top(rows):
            axes.barh(y, finite(row["n"]) or 0, height=0.56, color="#56B4E9")
            write(axes, 0.0, y, label(row["step"]))
            write(axes, 1.0, y, count(row["n"]) or DASH, align="right")

    described = "; ".join(f"{label(row['step'])}: {count(row['n']) or DASH}" for row in rows)
    return inline_svg("funnel", f"Counts by step. {described}.", canvas.size, paint)


def _round_steps(end: float) -> list[float]:
    """Return about four round values from 0 to `end`."""
    power = 10.0 ** math.floor(math.log10(end / 4))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if end / (power * factor) <= 5)  # noqa: PLR2004
    return [step * i for i in range(int(end / step) + 1)]
