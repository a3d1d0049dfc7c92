"""The results of all checks over a warehouse as one page of HTML that needs nothing else.

Great Expectations' Data Docs put names of rows into the page as they are, scripts too, and load
their style from five hosts. Not here: running the checks (adapters/expectations/sweep.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from last_mile.core.expectation.page import about_what, effect
from last_mile.core.expectation.results import CheckResult

_STYLE = """body{font:15px/1.45 system-ui,sans-serif;max-width:76rem;margin:2rem auto;
padding:0 1rem;color:#1c2126}table{border-collapse:collapse;width:100%;margin:.6rem 0 1.4rem}
td,th{padding:.3rem .6rem;border-bottom:1px solid #dde2e6;text-align:left;vertical-align:top;
overflow-wrap:break-word}.t td:nth-child(-n+5){white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}.failed{color:#b3261e}
.warned{color:#8a5a00}.passed{color:#1d6f42}summary{cursor:pointer}small{color:#5a636b}"""
_DAYS = 10


@dataclass(frozen=True, slots=True)
class Swept:
    """How a check ended over a whole warehouse.

    Attributes:
        result: Over all days at once; of a check that compares days, of its first broken day.
        days: Days it fails on, oldest first; empty where it is about all days.
    """

    result: CheckResult
    days: Sequence[str]


def results_page(swept: Sequence[Swept], about: str) -> str:
    """The page.

    Args:
        swept: All checks, in the order in which they are shown.
        about: Which warehouse, days and moment.
    """
    failed = sum(_state(item) == "failed" for item in swept)
    warned = sum(_state(item) == "warned" for item in swept)
    title = f"{len(swept)} checks: {failed} failed, {warned} warned"
    rows = "".join(_row(item, number) for number, item in enumerate(swept))
    head = _heads("table", "check", "of", "ended", "rows") + "<th>what is broken, what to do</th>"
    sections = "".join(_section(item, number) for number, item in enumerate(swept))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'unsafe-inline'\"><style>{_STYLE}</style></head><body>"
        f"<h1>{title}</h1><p>{escape(about)}</p>"
        f'<table class="t"><tr>{head}</tr>{rows}</table>{sections}</body></html>\n'
    )


def _state(item: Swept) -> str:
    if item.result.passed:
        return "passed"
    return "failed" if item.result.check.blocking else "warned"


def _row(item: Swept, number: int) -> str:
    result, check, state = item.result, item.result.check, _state(item)
    days = ", ".join(item.days[:_DAYS]) + (", …" if len(item.days) > _DAYS else "")
    told = "" if result.passed else escape(result.sentence())
    where = f"<br><small>days: {len(item.days)} ({escape(days)})</small>" if days else ""
    return (
        f'<tr><td>{check.asset}</td><td><a href="#c{number}">{check.name}</a></td>'
        f'<td>{about_what(check)}, {effect(check)}</td><td class="{state}">{state}</td>'
        f'<td class="n">{result.rows:,}</td><td>{told}{where}</td></tr>'
    )


def _section(item: Swept, number: int) -> str:
    check = item.result.check
    rows = "".join(
        f'<tr><td>{escape(each.words)}</td><td class="n">{each.looked_at:,}</td>'
        f'<td class="n">{"—" if each.broken is None else f"{each.broken:,}"}</td>'
        f"<td>{escape(', '.join(each.examples))}</td></tr>"
        for each in item.result.checked
    )
    opened = "" if item.result.passed else " open"
    return (
        f'<details id="c{number}"{opened}><summary><b>{check.asset}</b> {check.name}: '
        f"{escape(check.about)}</summary><table><tr><th>expectation</th>"
        f'<th class="n">looked at</th><th class="n">broken</th><th>for example</th></tr>{rows}'
        "</table></details>"
    )


def _heads(*names: str) -> str:
    return "".join(f"<th>{name}</th>" for name in names)
