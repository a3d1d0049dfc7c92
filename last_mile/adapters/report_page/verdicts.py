"""The closed set of verdicts and how each looks: a colour and a shape, so neither alone decides.

Also the three figures of a metric. When a verdict applies is decided in core. Colours are
Okabe and Ito's, readable without hue.
"""

from typing import NamedTuple


class VerdictStyle(NamedTuple):
    """How a verdict is drawn: in matplotlib by `marker`, in HTML by `path` (12 by 12)."""

    name: str
    meaning: str
    colour: str
    marker: str
    path: str


VERDICTS = (
    VerdictStyle(
        "reversed",
        "opposite to what was expected",
        "#D55E00",
        "D",
        "M6 .8 11.2 6 6 11.2 .8 6z",
    ),
    VerdictStyle(
        "confirmed",
        "as expected",
        "#0072B2",
        "o",
        "M6 1.4a4.6 4.6 0 1 0 0 9.2a4.6 4.6 0 1 0 0-9.2z",
    ),
    VerdictStyle("negligible", "too small to matter", "#7A7A7A", "s", "M1.8 1.8h8.4v8.4H1.8z"),
    VerdictStyle("underpowered", "too few events to tell", "#E69F00", "^", "M6 1.2 11.2 10.8H.8z"),
    VerdictStyle(
        "universal",
        "hardly ever differs",
        "#CC79A7",
        "v",
        "M6 10.8 11.2 1.2H.8z",
    ),
    VerdictStyle(
        "not_identifiable",
        "not answerable here",
        "#000000",
        "X",
        "M3.2 1 6 3.8 8.8 1 11 3.2 8.2 6 11 8.8 8.8 11 6 8.2 3.2 11 1 8.8 3.8 6 1 3.2z",
    ),
)
ADJUSTED = VerdictStyle(
    "adjusted",
    "with the mark of its verdict; hollow if it could not be adjusted",
    "#1d1d1f",
    "o",
    "M6 1.4a4.6 4.6 0 1 0 0 9.2a4.6 4.6 0 1 0 0-9.2z",
)
CRUDE = VerdictStyle(
    "crude",
    "not adjusted",
    "#7A7A7A",
    "o",
    "M6 1.4a4.6 4.6 0 1 0 0 9.2a4.6 4.6 0 1 0 0-9.2z"
    "m0 1.5a3.1 3.1 0 1 1 0 6.2a3.1 3.1 0 1 1 0-6.2z",
)
CORRECTED = VerdictStyle(
    "corrected",
    "judge errors taken out",
    "#1d1d1f",
    "*",
    "M6 .6 7.5 4.3 11.4 4.6 8.4 7.1 9.4 11 6 8.9 2.6 11 3.6 7.1 .6 4.6 4.5 4.3z",
)
FIGURES = (ADJUSTED, CRUDE, CORRECTED)
UNKNOWN = VerdictStyle("", "", "#000000", "P", "M4 1h4v3h3v4H8v3H4V8H1V4h3z")
_BY_NAME = {style.name: style for style in VERDICTS}


def verdict_style(name: object) -> VerdictStyle:
    """Return the look of the verdict called `name`; one outside the set gets its own mark."""
    return _BY_NAME.get(str(name), UNKNOWN)
