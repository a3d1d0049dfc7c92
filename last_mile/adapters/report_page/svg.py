"""A matplotlib figure as an SVG element that can stand inside an HTML page next to others.

How a figure becomes markup belongs here; what is drawn on it belongs in `charts.py`.
"""

import io
import re
import warnings
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

POINTS_PER_INCH = 72  # the SVG backend's unit: one point of the figure is one pixel of the page
DROPPED = {"metadata", "style"}  # dates and licences; and a style that would reach the whole page
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same measures on every machine
    "font.size": 12,
    "text.parse_math": False,  # a "$" in a metric's name is a dollar sign
    "text.color": "#1d1d1f",
}


def inline_svg(
    name: str, description: str, size: tuple[float, float], paint: Callable[[Figure], None]
) -> Markup:
    """Return what `paint` draws as one `<svg role="img">` element.

    Args:
        name: Prefix of every id inside, unique in the page; also the salt of the hashed ones.
        description: What a screen reader says instead of the picture.
        size: Width and height in pixels.
        paint: Draws on the empty figure it is given.
    """
    width, height = size
    buffer = io.StringIO()
    # Settings are process-wide while a figure is drawn; a user's matplotlibrc must not leak in.
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # text stays text: the reader has fonts
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS | {"svg.hashsalt": name})
        figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH))
        figure.patch.set_visible(False)
        paint(figure)
        figure.savefig(buffer, format="svg", metadata=NO_METADATA)
    root = _cleaned(ET.fromstring(buffer.getvalue()), name)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "width": f"{width:g}",
        "height": f"{height:g}",
        "role": "img",
        "aria-label": description,
    }
    return Markup(ET.tostring(root, encoding="unicode"))


def _cleaned(root: ET.Element, name: str) -> ET.Element:
    """Strip namespaces and unwanted elements, and prefix ids and the references to them."""
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {_local(k): _own(_local(k), v, name) for k, v in element.attrib.items()}
        for child in [child for child in element if _local(child.tag) in DROPPED]:
            element.remove(child)
    return root


def _local(qualified: str) -> str:
    return qualified.rpartition("}")[2]


def _own(attribute: str, value: str, name: str) -> str:
    if attribute == "id":
        return f"{name}-{value}"
    if attribute == "href":
        return value.replace("#", f"#{name}-", 1)
    return re.sub(r"url\(#", f"url(#{name}-", value)
