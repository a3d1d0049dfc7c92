"""Small tables, bars and pictures as the markdown that Dagster's UI renders.

Names of metrics, tiers, outcomes and files are users' words: they stand in code spans, in which
nothing is markup. Not here: which numbers are shown (defs/reporting.py).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

WIDEST_BAR = 6  # characters: the UI leaves a table about 400 pixels
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LONGEST_NAME = 60
_WHOLE_FROM = 100
_UNSAFE = str.maketrans({"`": "'", "|": "/", "\\": "/"})  # what ends a code span, a cell


def code(text: object) -> str:
    """A user's word as a code span: on one line, cut, without what could end the span."""
    plain = "".join(c if c.isprintable() else " " for c in str(text)).translate(_UNSAFE)
    short = plain if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME - 1]}…"
    return f"`{short.strip() or '-'}`"


def number(value: float | None) -> str:
    """A number as people read it: thousands separated, small ones by three digits; `-`: none."""
    if value is None or not math.isfinite(value):
        return "-"
    if value == int(value) or abs(value) >= _WHOLE_FROM:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(share: float | None) -> str:
    """A share of 0 to 1 as a percentage."""
    return "-" if share is None else f"{share:.1%}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; numbers stand to the right, the first column and what has no head to the left.

    Args:
        head: Our words for the columns.
        rows: Numbers, None, texts of ours; users' words as `code`.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    lines = [head, ["---", *("--:" if name else "---" for name in head[1:])], *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def counts(found: Mapping[str, float], what: str = "", unit: str = "n") -> str:
    """Counts by name, the largest first."""
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return table((what, unit), ((code(name), n) for name, n in ordered))


def bar(share: float | None) -> str:
    """A share of 0 to 1 as a bar of blocks, exact to an eighth of a character."""
    if share is None:
        return ""
    eighths = round(min(max(share, 0.0), 1.0) * WIDEST_BAR * 8)
    full, rest = divmod(eighths, 8)
    return f"`{'█' * full}{_EIGHTHS[rest] if rest else ''}{' ' if not eighths else ''}`"


def svg_picture(svg: str, described: str) -> str:
    """An SVG element as an image that needs no file.

    Args:
        svg: The element; it gets the namespace that an image needs.
        described: What is seen, in words of ours.
    """
    opened, rest = svg.split(">", 1)
    opened = opened.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    named = f'{opened}><rect width="100%" height="100%" fill="white"/>{rest}'  # UIs can be dark
    data = base64.b64encode(named.encode()).decode()
    return f"![{described}](data:image/svg+xml;base64,{data})"


def _cell(value: object) -> str:
    if value is None or isinstance(value, int | float):
        return number(value)
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)
