"""How the report words a number, a date or a code. Each function returns None for "missing".

Only text comes out of here; markup other than the dash, and any choice of rows, do not belong.
"""

import math
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from numbers import Real

from markupsafe import Markup

from last_mile.core.tier_lift import STATES

DASH = "—"
EN_DASH = "\N{EN DASH}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DIRECTIONS = {-1: "lower", 0: "same", 1: "higher"}


def finite(value: object) -> float | None:
    """Return `value` as a float, or None when it is not a finite number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def count(value: object) -> str | None:
    """Return a whole number with thousands separators: `20,010`."""
    number = finite(value)
    return None if number is None else f"{number:,.0f}".replace("-", MINUS)


def percent(value: object) -> str | None:
    """Return a share of 0 to 1 as a percentage; what is not quite 0 or 1 is never rounded to it."""
    number = finite(value)
    if number is None:
        return None
    if 0 < number < 0.0005:  # noqa: PLR2004  half of the last digit shown
        return "<0.1%"
    if 0.9995 <= number < 1:  # noqa: PLR2004
        return ">99.9%"
    return f"{number:.1%}".replace("-", MINUS)


def ratio(value: object) -> str | None:
    """Return a relative risk, or a coefficient, with two decimals; fewer from 10 on."""
    number = finite(value)
    if number is None:
        return None
    if 0 < number < 0.005:  # noqa: PLR2004  half of the last digit shown
        return "<0.01"
    digits = 2 if number < 10 else 1 if number < 100 else 0  # noqa: PLR2004
    return f"{number:,.{digits}f}".replace("-", MINUS)


def decimal(value: object) -> str | None:
    """Return a plain quantity to three significant digits, large ones as whole numbers."""
    number = finite(value)
    if number is None:
        return None
    text = f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"  # noqa: PLR2004
    return text.replace("-", MINUS)


def p_value(value: object) -> str | None:
    """Return a p or q value: three decimals, never `0.000`."""
    number = finite(value)
    if number is None:
        return None
    return "<0.001" if number < 0.001 else f"{number:.3f}"  # noqa: PLR2004


def percent_range(low: object, high: object) -> str | None:
    """Return an interval of shares: 10.1 to 12.4%."""
    return _range(percent, low, high)


def ratio_range(low: object, high: object) -> str | None:
    """Return an interval of relative risks: 1.60 to 2.32."""
    return _range(ratio, low, high)


def points(value: object) -> str | None:
    """Return a difference of shares in percentage points, with its sign: `+12.5`."""
    number = finite(value)
    return None if number is None else f"{100 * number:+.1f}".replace("-", MINUS)


def points_range(low: object, high: object) -> str | None:
    """Return an interval of differences; "to", because a dash would stand beside a minus."""
    first, last = points(low), points(high)
    return None if first is None or last is None else f"{first} to {last}"


def area(value: object) -> str | None:
    """Return an area under a curve, or a difference of two, with three decimals."""
    number = finite(value)
    return None if number is None else f"{number:.3f}".replace("-", MINUS)


def area_range(low: object, high: object) -> str | None:
    """Return an interval of areas."""
    first, last = area(low), area(high)
    return None if first is None or last is None else f"{first} to {last}"


def detectable(low: object, high: object) -> str | None:
    """Return the relative risks that would have been found: `≤0.55, ≥1.62`."""
    ends = [f"{sign}{text}" for sign, end in (("≤", low), ("≥", high)) if (text := ratio(end))]
    return ", ".join(ends) or None


def scope_name(code: object) -> str:
    """Return a scope in words: `model=m1` → `release m1`."""
    kind, _, value = str(code).partition("=")
    return f"{'release' if kind == 'model' else kind} {value}".rstrip()


def tier_state(code: object) -> str:
    """Return what the later period says of a tier in words; an unknown code as it is."""
    return STATES.get(str(code), spoken(code))


def _range(word: Callable[[object], str | None], low: object, high: object) -> str | None:
    first, last = word(low), word(high)
    if first is None or last is None:
        return None
    return f"{first.removesuffix('%')}{EN_DASH}{last}"


def moment(value: object) -> str | None:
    """Return an ISO instant as `14 Mar 2026 09:30 UTC`, midnight without its time."""
    when = _parsed(value)
    if when is None:
        return str(value) if value else None
    if when.tzinfo:
        when = when.astimezone(UTC)
    clock = f" {when:%H:%M} UTC" if (when.hour, when.minute) != (0, 0) else ""
    return f"{_dated(when)}{clock}"


def day(value: object) -> str | None:
    """Return an ISO date as `5 Jan 2026`; text that is not a date is returned as it is."""
    when = _parsed(value)
    if when is None:
        return str(value) if value else None
    return _dated(when)


def _dated(when: datetime) -> str:
    # strftime("%b") would follow the machine's locale and change the bytes.
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}".replace(" ", NO_BREAK_SPACE)


def _parsed(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def spoken(code: object) -> str:
    """Return a code of a closed set as words: `not_enough_events` → `not enough events`."""
    return str(code).replace("_", " ")


def joined(value: object) -> str:
    """Return a list of texts as one text; a text as it is."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def direction(sign: object) -> str | None:
    """Return -1, 0 or 1 as what happens to the outcome's rate."""
    number = finite(sign)
    return None if number is None else DIRECTIONS.get(int(number))


def measured(sign: object) -> str | None:
    """Return a measured sign in words; 0 means not told apart from none, which is not "same"."""
    return "unclear" if finite(sign) == 0 else direction(sign)


def or_dash(text: str | None, reason: object, *, quiet: bool = False) -> str | Markup:
    """Return `text`, or a dash followed by why there is none; `quiet` where the row says why."""
    if text is not None:
        return text
    why = spoken(reason) if reason else "not given"
    if quiet:
        return Markup('<span class="none" title="{}">{}</span>').format(legible(why), DASH)
    return Markup('<span class="none">{} <small>{}</small></span>').format(DASH, legible(why))


def legible(text: str) -> str:
    """Return `text` without control characters and lone surrogates, which no file may hold."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def printable(value: object) -> object:
    """Return what a template may print: clean text, and a dash where there is nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return DASH
    return legible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def label(text: object, width: int = 28) -> str:
    """Return `text` on one line, without invisible characters, cut to `width` for a chart."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"
