"""Charts of the report as pictures in markdown, for the UI.

Not here: drawing them (adapters/report_page/charts).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from last_mile.adapters.table_story.markdown import svg_picture

_PLACE = re.compile(r'\b(?:d|x|y|transform)="[^"]*"')
_NEEDLESS = re.compile(  # names nothing refers to, empty groups
    r"""\ id="forest-[\w.]+_\d+"|<g />|;\ stroke-linecap:\ square|\ transform="rotate\(-0[^"]*\"""",
    re.VERBOSE,
)
_SHAPES = {"D": "◆", "o": "●", "s": "■", "^": "▲", "v": "▼", "X": "✖", "*": "★"}
LARGEST = 40_000  # bytes of an event that is kept for ever


def forest(rows: Sequence[Mapping[str, Any]], outcome: str) -> str | None:
    """The relative risks of a lift table as a forest plot and what its marks say.

    None without any, or if it is too large.

    Args:
        rows: Rows of `metric_lift` of one outcome and scope.
        outcome: Its id.
    """
    from last_mile.adapters.report_page.charts import forest_plot  # noqa: PLC0415 - slow
    from last_mile.adapters.report_page.view import lift_tables  # noqa: PLC0415

    told = [{**row, "about": outcome} for row in rows]
    report = {"primary_outcome": outcome, "horizon_days": None, "lift": told}
    drawn = forest_plot(lift_tables(report)[0])
    if drawn is None:
        return None
    picture = svg_picture(_short(str(drawn)), f"relative risks of {len(rows)} metrics")
    return f"{picture}\n\n{_legend(rows)}" if len(picture) <= LARGEST else None


def _legend(rows: Sequence[Mapping[str, Any]]) -> str:
    """The marks that are there: shapes, of which each has one colour."""
    from last_mile.adapters.report_page.verdicts import CORRECTED, CRUDE, VERDICTS  # noqa: PLC0415

    met = {row["verdict"] for row in rows}
    told = [style for style in VERDICTS if style.name in met]
    told += [CORRECTED] if any(row["corrected_rr"] is not None for row in rows) else []
    marks = [f"{_SHAPES[style.marker]} {style.name}: {style.meaning}" for style in told]
    return " · ".join([*marks, "hollow: it could not be adjusted", f"small ○ above: {CRUDE.name}"])


def _short(svg: str) -> str:
    """The same picture in fewer bytes, in tenths of a pixel, with a font that every browser has."""
    placed = _PLACE.sub(lambda found: re.sub(r"(\.\d)\d+|\n", r"\1", found[0]), svg)
    plain = placed.replace("'DejaVu Sans'", "sans-serif").replace("\n", "")
    return _NEEDLESS.sub("", _NEEDLESS.sub("", plain))
