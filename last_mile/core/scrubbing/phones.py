"""Whether a window of digits is a phone number, of any country.

Prices, decimals, ranges, years, postal codes, times since 1970 and announced ids are none.
"""

from __future__ import annotations

import re

from last_mile.core.scrubbing.placeholders import words
from last_mile.core.scrubbing.runs import Window

# Lengths of the groups of phone numbers that are written without a prefix.
_SHAPES = words(
    """3-3-4 1-3-3-4 3-3-3 3-3-2-2 3-2-2-2 2-3-2-2 1-3-3-2-2 1-3-2-2 5-5 4-4 2-4-4 2-5-4 3-4-4 3-7
    4-6 3-6 5-6 2-2-2-2 2-3-3-2 3-4-3 4-3-3 4-3-4 2-4-3 2-3-4 2-8 2-7 3-8 4-7 3-3-5 2-3-3-3 1-4-4
    1-2-2-2-2 3-2-2 3-2-3 5-2-3 3-5-3 4-2-2-2 4-3-2-2 1-3-7 1-10 3-3-6 3-5-4"""
)
_LEAST, _MOST = 8, 15  # digits with a prefix; ITU-T E.164: fifteen at most
_MOST_NATIONAL, _MOST_PLAIN, _TIME, _LEAST_PLAIN_NATIONAL = 13, 12, 10, 9
# Digits with the country code, where they are few: so that what follows is not taken for a part.
_MOST_OF_COUNTRY = {"1": 11, "7": 11, "33": 11, "34": 11, "44": 12, "45": 10, "47": 10, "48": 11}

_FICTIONAL = "555"  # exchange of numbers in examples: 555-0123
_PAIRS = "2-2-2-2"
_GAP = re.compile(r"\D+")
_FLOAT = re.compile(r"\d+\.\d+")
_EQUALS = re.compile(r" ?= ?-?\d")  # 1000 - 250 - 125 = 625
# 612.507.987 is a phone number of Spain, 612.507.000 is an amount.
_THOUSANDS = re.compile(
    r"(?![6-9]\d\d\.\d{3}\.(?!000)\d{3}\Z)\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[ \u00a0\u202f]000)+"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DASH = re.compile(r"[-\u2010-\u2015]")
_MONEY_BEFORE = re.compile(r"(?:[$€£¥₹₽₩]|\b(?:USD|EUR|GBP|INR|CHF|Rs\.?))[ \u00a0]?\Z")
_MONEY_AFTER = re.compile(
    r"[ \u00a0]?(?:[$€£¥₹₽₩%]"
    r"|(?:USD|EUR|GBP|INR|CHF|JPY|dollars?|euros?|pounds?|rupees|yen|percent)\b)|,\d\d(?!\d)",
    re.IGNORECASE,
)
_DAY = re.compile(r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_UNIT = re.compile(
    r" ?(?:[kMGT]?i?B|bytes?|rows?|records?|users?|people|items?|times|views?|lines?|words?|tokens?"
    r"|characters|m?s|seconds|requests?|customers?|units?|points?|steps?|visits?|events?|px)\b"
)
_MONEY = 6  # characters looked at before a number


def is_phone(window: Window) -> bool:
    """Whether a window is a phone number."""
    if window.n_digits > _MOST:
        return False
    if window.has_plus:
        return _is_international(window, window.digits)
    if window.is_tail or not (_is_announced(window) or _is_written_so(window)):
        return False
    return not _is_price(window)


def _is_announced(window: Window) -> bool:
    return window.cue == "phone" and (window.is_whole or window.stands_apart)


def _is_written_so(window: Window) -> bool:
    if len(window.groups) == 1:
        return window.stands_apart and _is_plain(window)
    is_possible = _is_national(window) or _is_shaped(window)
    return is_possible and not _is_another_number(window)


def _is_international(window: Window, digits: str) -> bool:
    """Digits with the code of a country first."""
    found = (n for code, n in _MOST_OF_COUNTRY.items() if digits.startswith(code))
    most = next(found, _MOST) + ("(0" in window.text) if " " in window.text else _MOST
    return _LEAST <= len(digits) <= most


def _is_national(window: Window) -> bool:
    """With a leading zero or with an area code in brackets."""
    first, *rest = window.groups
    if first.startswith("00") and _is_international(window, window.digits[2:]):
        return True
    if not _LEAST <= window.n_digits <= _MOST_NATIONAL:
        return False
    if first.startswith("0"):
        lengths = [len(group) for group in rest]
        is_long = min(lengths) > 1 or (window.n_digits > _LEAST and max(lengths) > 2)  # noqa: PLR2004
        return (len(first) > 1 or window.has_bracket) and is_long
    return window.has_bracket and len(first) > 1


def _is_shaped(window: Window) -> bool:
    first, second, *_ = window.groups
    if window.shape == "3-3-4" and first[0] not in "01" and second[0] not in "01":
        return True  # North America
    if first == _FICTIONAL and window.shape == "3-4":
        return True
    if window.shape not in _SHAPES or window.cue == "id":
        return False
    if window.shape == _PAIRS and len(set(_GAP.findall(window.text))) > 1:
        return False  # 10-15 20-25
    return window.is_whole or window.stands_apart


def _is_plain(window: Window) -> bool:
    """One group of eight digits and more that is no day, no time since 1970 and no amount."""
    digits = window.digits
    if window.cue == "id" or _UNIT.match(window.run.text, window.end):
        return False
    if digits.startswith("0"):
        most = _MOST if digits.startswith("00") else _MOST_NATIONAL
        return _LEAST_PLAIN_NATIONAL <= len(digits) <= most
    is_time = len(digits) == _TIME and digits[0] == "1"
    is_counted = len(digits) == _LEAST and (digits[0] == "1" or _DAY.fullmatch(digits))
    return _LEAST <= len(digits) <= _MOST_PLAIN and not (is_time or is_counted)


def _is_another_number(window: Window) -> bool:
    is_decimal = _FLOAT.fullmatch(window.text) or _THOUSANDS.fullmatch(window.text)
    is_years = all(map(_YEAR.fullmatch, window.groups))
    is_sum = _EQUALS.match(window.run.text, window.end)
    return bool(is_decimal or is_years or is_sum or _is_range(window))


def _is_range(window: Window) -> bool:
    """Two round numbers, the second one larger: `10000-15000`."""
    if len(window.groups) != 2 or not _DASH.search(window.text):  # noqa: PLR2004
        return False
    low, high = window.groups
    return low.endswith("0") and high.endswith("0") and int(low) < int(high)


def _is_price(window: Window) -> bool:
    text, start = window.run.text, window.start
    before = text[max(0, start - _MONEY) : start]
    return bool(_MONEY_BEFORE.search(before) or _MONEY_AFTER.match(text, window.end))
