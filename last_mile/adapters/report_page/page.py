"""The pages: the jinja2 environment and the calls that fill the templates.

Choosing what a section shows belongs in `view.py`, wording a number in `words.py`.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from last_mile.adapters.report_page import charts, view, words
from last_mile.adapters.report_page.verdicts import FIGURES, VERDICTS, verdict_style

HERE = Path(__file__).parent


def render_report(report: Mapping[str, Any]) -> str:
    """Return `report` as one HTML document that loads nothing from anywhere.

    The same input gives the same bytes. Text is escaped; a number that is null, NaN or infinite
    is shown as a dash with its reason.

    Args:
        report: The content of `report.json`. Any list may be empty and any number null.

    Raises:
        jinja2.UndefinedError: A field of the report is missing (null is not missing).
        KeyError: Likewise.
    """
    lift = view.lift_tables(report)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
            verdicts=VERDICTS,
            scope=view.scope_counts(report),
            lift=lift,
            figures=FIGURES,
            scopes=view.scope_tables(report),
            audit=view.tally(report["audit"]),
            forest=charts.forest_plot(lift[0]),
            contrast=charts.contrast_plot(view.contrast_panels(report["engagement"])),
            tier_bars=charts.rate_bars("tiers", view.tier_bars(report["tiers"])),
            release_bars=charts.rate_bars("releases", view.release_bars(report)),
            release_tables=view.release_tables(report["releases"]),
            effects=view.effects(report),
            epoch_columns=view.epoch_columns(report["epochs"]),
            funnel_bars=charts.count_bars(report["funnel"]),
        )
    )


def render_engagement(report: Mapping[str, Any]) -> str:
    """Return the page about engagement, as one HTML document that loads nothing from anywhere.

    Args:
        report: As of `render_report`.

    Raises:
        jinja2.UndefinedError: As there.
    """
    style = Markup((HERE / "style.css").read_text(encoding="utf-8"))
    return _environment().get_template("engagement.html.j2").render(report=report, style=style)


@cache
def _environment() -> Environment:
    """Return the jinja2 environment, which escapes everything and refuses undefined names."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=words.printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": words.count,
        "percent": words.percent,
        "ratio": words.ratio,
        "decimal": words.decimal,
        "p_value": words.p_value,
        "day": words.day,
        "moment": words.moment,
        "spoken": words.spoken,
        "direction": words.direction,
        "measured": words.measured,
        "or_dash": words.or_dash,
        "points": words.points,
        "area": words.area,
        "scope_name": words.scope_name,
        "tier_state": words.tier_state,
        "joined": words.joined,
        "verdict_style": verdict_style,
    }
    environment.globals |= {
        "percent_range": words.percent_range,
        "ratio_range": words.ratio_range,
        "points_range": words.points_range,
        "area_range": words.area_range,
        "detectable": words.detectable,
    }
    return environment
