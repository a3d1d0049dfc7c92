"""What all charts are drawn on: sizes, bare axes of one unit per line, ticks, text beside them.

Nothing here knows what a chart is about.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

INK, MUTED, GRID = "#1d1d1f", "#5f6368", "#e4e4e7"


class Canvas(NamedTuple):
    """The measures of a chart in pixels: `lines` rows between a head and a foot."""

    lines: int
    row: float = 24.0
    width: float = 900.0
    head: float = 30.0
    foot: float = 44.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return self.width, self.head + self.row * self.lines + self.foot

    def axes(self, figure: Figure, left: float, right: float) -> Axes:
        """Return bare axes between two shares of the width, the first line on top."""
        height = self.size[1]
        axes = figure.add_axes(
            (left, self.foot / height, right - left, self.row * self.lines / height)
        )
        axes.patch.set_visible(False)
        axes.set_ylim(-0.5, self.lines - 0.5)
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        return axes


def ticks(axes: Axes, values: Sequence[float], form: str, scale: float = 1) -> None:
    """Label the x axis at these values and nowhere else, with a grid behind the data."""
    axes.set_xticks([], minor=True)
    axes.set_xticks(values, [form.format(value * scale) for value in values])
    axes.tick_params(axis="x", length=0, labelsize=11, labelcolor=MUTED)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def from_the_top(items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Yield each item with its line's y."""
    return ((len(items) - 1 - i, item) for i, item in enumerate(items))


def heads(axes: Axes, lines: int, texts: Mapping[float, str]) -> None:
    """Write the headings of the columns beside the plot; the last one ends at its place."""
    last = max(texts)
    for x, text in texts.items():
        align = "right" if x == last else "left"
        write(axes, x, lines - 0.1, text, align=align, color=MUTED, size=11)


def write(
    axes: Axes, x: float, y: float, text: str, *, align: str = "left", color: str = INK,
    weight: str = "normal", size: float = 12,
) -> None:  # fmt: skip
    """Write at `x` of the figure's width and line `y`."""
    axes.text(
        x, y, text, ha=align, va="center_baseline", color=color, fontweight=weight, fontsize=size,
        transform=blended_transform_factory(axes.figure.transFigure, axes.transData),
    )  # fmt: skip
