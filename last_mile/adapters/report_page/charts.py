"""The charts: a forest of relative risks, rates with their intervals, counts.

What is drawn, and where. Which rows are drawn is `view.py`'s matter, how numbers read `words.py`'s.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from last_mile.adapters.report_page.svg import inline_svg
from last_mile.adapters.report_page.verdicts import verdict_style
from last_mile.adapters.report_page.view import LiftTable, RateBar, Row
from last_mile.adapters.report_page.words import (
    DASH,
    count,
    finite,
    label,
    ratio,
    ratio_range,
    spoken,
)

WIDTH, ROW, HEAD, FOOT = 900.0, 24.0, 30.0, 44.0  # pixels
INK, MUTED, GRID = "#1d1d1f", "#5f6368", "#e4e4e7"
WIDEST = 10.0  # a relative risk beyond 10 or under 1/10 is drawn as an arrow at the edge
WIDE_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
NARROW_TICKS = (0.5, 0.67, 0.8, 1, 1.25, 1.5, 2)


def forest_plot(table: LiftTable) -> Markup | None:
    """Return the relative risks of a table on a log axis, by group; None without any interval."""
    if not table.groups:
        return None
    lines: list[str | Row] = []
    for name, rows in table.groups:
        lines += [name, *rows]
    low, high = _risk_limits([row for _, rows in table.groups for row in rows])

    def paint(figure: Figure) -> None:
        axes = _axes(figure, len(lines), left=0.235, right=0.70)
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        ticks = NARROW_TICKS if max(high, 1 / low) <= NARROW_TICKS[-1] else WIDE_TICKS
        _ticks(axes, [tick for tick in ticks if low <= tick <= high], "{:g}")
        axes.set_xlabel("relative risk (log scale); 1 = no difference", color=MUTED, fontsize=11)
        axes.axvline(1, color=INK, linewidth=1)
        _heads(axes, len(lines), {0.72: "RR (95% interval)", 0.9: "n true / scored"})
        for y, line in _from_the_top(lines):
            if isinstance(line, str):
                _write(axes, 0.0, y, label(line), weight="bold")
            else:
                _risk(axes, y, line, (low, high))

    drawn = sum(len(rows) for _, rows in table.groups)
    description = (
        f"Forest plot: relative risk of {label(table.outcome)} for {drawn} metrics, "
        f"n = {table.n} conversations. The table below holds the same numbers."
    )
    return inline_svg("forest", description, _size(len(lines)), paint)


def _risk_limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of the axis: every point, and the intervals that decided something.

    One rare flag's interval would otherwise squeeze all others; it gets arrows instead.
    """
    telling = [row for row in rows if row["verdict"] != "underpowered"]
    low = min([0.8, *(row["rr"] / 1.2 for row in rows), *(row["rr_low"] for row in telling)])
    high = max([1.25, *(row["rr"] * 1.2 for row in rows), *(row["rr_high"] for row in telling)])
    return max(low, 1 / WIDEST) / 1.08, min(high, WIDEST) * 1.08


def _risk(axes: Axes, y: float, row: Row, limits: tuple[float, float]) -> None:
    """Draw one metric: name, interval, point, numbers; an arrow where it leaves the axis."""
    style = verdict_style(row["verdict"])
    low, point, high = (min(max(row[k], limits[0]), limits[1]) for k in ("rr_low", "rr", "rr_high"))
    axes.plot([low, high], [y, y], color=style.colour, linewidth=1.8, solid_capstyle="butt")
    for edge, arrow, beyond in ((low, "<", row["rr_low"]), (high, ">", row["rr_high"])):
        if edge != beyond:
            axes.plot([edge], [y], arrow, color=style.colour, markersize=6, clip_on=False)
    axes.plot(
        [point], [y], style.marker, color=style.colour, markersize=7.5,
        markeredgecolor="white", markeredgewidth=0.8, clip_on=False,
    )  # fmt: skip
    _write(axes, 0.012, y, label(spoken(row["metric"])))
    _write(axes, 0.72, y, f"{ratio(row['rr'])} ({ratio_range(row['rr_low'], row['rr_high'])})")
    n_true, n_scored = count(row["n_true"]) or DASH, count(row["n_scored"]) or DASH
    _write(axes, 1.0, y, f"{n_true} / {n_scored}", align="right", color=MUTED)


def rate_bars(name: str, bars: Sequence[RateBar]) -> Markup | None:
    """Return outcome rates as horizontal bars with intervals and n; None without any rate."""
    values = [value for bar in bars for value in (bar.rate, bar.high) if value is not None]
    if not values:
        return None

    def paint(figure: Figure) -> None:
        axes = _axes(figure, len(bars), left=0.235, right=0.70)
        axes.set_xlim(0, max([*values, 0.001]) * 1.05)
        _ticks(axes, _round_steps(axes.get_xlim()[1]), "{:.3g}%", scale=100)
        _heads(axes, len(bars), {0.72: "rate (95% interval)", 0.91: "n"})
        for y, bar in _from_the_top(bars):
            axes.barh(y, bar.rate or 0, height=0.56, color=bar.colour, alpha=0.65)
            if bar.low is not None and bar.high is not None:
                axes.plot([bar.low, bar.high], [y, y], color=INK, linewidth=1.4)
            _write(axes, 0.0, y, label(bar.label))
            _write(axes, 0.72, y, bar.text)
            _write(axes, 1.0, y, bar.n, align="right", color=MUTED)

    described = "; ".join(f"{label(bar.label)}: {bar.text}, n = {bar.n}" for bar in bars)
    return inline_svg(name, f"Outcome rate by row. {described}.", _size(len(bars)), paint)


def count_bars(rows: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Return the funnel's counts as horizontal bars with their numbers; None without rows."""
    if not rows:
        return None
    largest = max([1.0, *(finite(row["n"]) or 0 for row in rows)])

    def paint(figure: Figure) -> None:
        axes = _axes(figure, len(rows), left=0.235, right=0.91)
        axes.set_xlim(0, largest)
        axes.set_xticks([])
        for y, row in _from_the_top(rows):
            axes.barh(y, finite(row["n"]) or 0, height=0.56, color="#56B4E9")
            _write(axes, 0.0, y, label(row["step"]))
            _write(axes, 1.0, y, count(row["n"]) or DASH, align="right")

    described = "; ".join(f"{label(row['step'])}: {count(row['n']) or DASH}" for row in rows)
    return inline_svg("funnel", f"Counts by step. {described}.", _size(len(rows)), paint)


def _size(lines: int) -> tuple[float, float]:
    return WIDTH, HEAD + ROW * lines + FOOT


def _axes(figure: Figure, lines: int, left: float, right: float) -> Axes:
    """Return bare axes with one unit of y per line, between `left` and `right` of the figure."""
    height = _size(lines)[1]
    axes = figure.add_axes((left, FOOT / height, right - left, ROW * lines / height))
    axes.patch.set_visible(False)
    axes.set_ylim(-0.5, lines - 0.5)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return axes


def _ticks(axes: Axes, values: Sequence[float], form: str, scale: float = 1) -> None:
    axes.set_xticks([], minor=True)
    axes.set_xticks(values, [form.format(value * scale) for value in values])
    axes.tick_params(axis="x", length=0, labelsize=11, labelcolor=MUTED)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _round_steps(end: float) -> list[float]:
    """Return about four round values from 0 to `end`."""
    power = 10.0 ** math.floor(math.log10(end / 4))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if end / (power * factor) <= 5)  # noqa: PLR2004
    return [step * i for i in range(int(end / step) + 1)]


def _from_the_top(items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    return ((len(items) - 1 - i, item) for i, item in enumerate(items))


def _heads(axes: Axes, lines: int, heads: Mapping[float, str]) -> None:
    last = max(heads)
    for x, text in heads.items():
        align = "right" if x == last else "left"
        _write(axes, 1.0 if x == last else x, lines - 0.1, text, align=align, color=MUTED, size=11)


def _write(
    axes: Axes, x: float, y: float, text: str, *, align: str = "left", color: str = INK,
    weight: str = "normal", size: float = 12,
) -> None:  # fmt: skip
    """Write at `x` of the figure's width and line `y`."""
    axes.text(
        x, y, text, ha=align, va="center_baseline", color=color, fontweight=weight, fontsize=size,
        transform=blended_transform_factory(axes.figure.transFigure, axes.transData),
    )  # fmt: skip
