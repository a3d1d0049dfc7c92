"""Identifiers of persons and machines: IBANs, national ids and passports, IP addresses.

An id without a shape of its own (nine digits) is taken only after words that announce it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from last_mile.core.scrubbing.cues import cue_before
from last_mile.core.scrubbing.placeholders import Span, words

_GROUP = re.compile(r"\d+")
_CLOSE = re.compile(r"\d(?:[^\w\n]{0,3}+[A-Za-z]{0,4}+[ -]?\d){3}")  # digits that are close
_LETTERS = re.compile(r"(?<!\w)[A-Za-z]{1,6}[ -]?\Z")  # right before a group of digits
_IBAN = re.compile(r"[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}")
# Lengths of the SWIFT IBAN registry, release 99.
_IBAN_LENGTHS = {
    code[:2]: int(code[2:])
    for code in words(
        """AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22
        DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28
        HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25
        MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29
        RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29
        VA22 VG24 XK20 YE30"""
    )
}
_NATIONAL = re.compile(
    r"""(?<![\w.,/+-])(?:
        \d{3}-\d{2}-\d{4}                                              # United States
      | [12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2])[ ]?\d[\dAB][ ]?\d{3}[ ]?\d{3}[ ]?\d{2}  # France
      | [1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]  # China
      | \d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}       # Korea
      | (?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:[0-3]\d)[-+]\d{4}           # Sweden
      | (?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A]\d{3}[\dA-Y] # Denmark, Finland
      | \d{3}\.\d{3}\.\d{3}-\d{2}                                      # Brazil
      | (?<!\d[ -])[2-9]\d{3}[ -]\d{4}[ -]\d{4}(?![ -]\d)              # India, Aadhaar
      | \d{8}-?[A-HJ-NP-TV-Z] | [XYZ]-?\d{7}-?[A-HJ-NP-TV-Z]           # Spain
      | [A-Z][12]\d{8} | [STFGM]\d{7}[A-Z]                             # Taiwan, Singapore
      | [2-8]\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{6}        # Romania
      | \d-\d{4}-\d{5}-\d{2}-\d                                        # Thailand
      | 756\.\d{4}\.\d{4}\.\d{2}                                       # Switzerland
      | \d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}                               # Belgium
      | \d{1,2}\.\d{3}\.\d{3}-[\dkK]                                   # Chile
    )(?![\w]|[-.,/]\d)""",
    re.VERBOSE,
)
_LETTERED = re.compile(
    r"""(?<![\w-])[A-Z][A-Z](?:
        [ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?[A-Z]                           # United Kingdom
      | [A-Z]{3}\d{4}[A-Z]                                             # India, PAN
      | [A-Z]{4}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]                  # Italy
      | [A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d                            # Mexico
    )(?![\w-])""",
    re.VERBOSE,
)
_ANNOUNCED = re.compile(r"(?:[A-Z]{1,3}[ -]?)?\d(?:[ .-]?[\dA-Z]){5,15}+(?!\w)", re.IGNORECASE)
_LEAST_ANNOUNCED = 5  # digits
_IPV4 = re.compile(r"\d(?:\d\d?)?(?:\.\d{1,3}){3}(?![\w-]|\.\d)")
_COLONS = re.compile(":[0-9A-Fa-f]{0,4}:")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}+(?:(?:\.\d{1,3}){3})?(?![\w:])")
_TOKEN = re.compile("[A-Za-z0-9]{14,34}+(?![A-Za-z0-9])")
_IN_WORD = re.compile(r"[\w.-]")
_VERSION = re.compile(
    r"(?:\b(?:v|ver|versions?|release|build|firmware|driver|section|chapter|clause|article)\.?|§)"
    r"[ :=]{0,2}\Z",
    re.IGNORECASE,
)
_LEAST_COLONS, _LEAST_IPV6 = 2, 4


def identifiers(text: str) -> Iterable[Span]:
    """IBANs, national ids and IP addresses of version 4, each where digits begin."""
    done = 0 if _CLOSE.search(text) else len(text)
    for group in _GROUP.finditer(text):
        if group.start() >= done and _CLOSE.match(text, group.start()):
            span = _identifier(text, group.start())
            if span and span.start >= done:
                done = span.end
                yield span


def _identifier(text: str, digits: int) -> Span | None:
    """What has its first digit at a place; some letters may stand before it."""
    letters = _LETTERS.search(text, max(0, digits - 7), digits)
    start = letters.start() if letters else digits
    if letters:
        end = _iban_end(text, start)
        if end:
            return Span(start, end, "iban")
    for pattern, place in ((_LETTERED, start), (_NATIONAL, start), (_NATIONAL, digits)):
        found = pattern.match(text, place)
        if found:
            return Span(*found.span(), "ssn")
    found = _IPV4.match(text, digits)
    if found and _is_ipv4(text, found):
        return Span(*found.span(), "ip")
    for place in (start, digits):
        found = _ANNOUNCED.match(text, place)
        has_digits = found and sum(map(str.isdigit, found[0])) >= _LEAST_ANNOUNCED
        if found and has_digits and cue_before(text, place) == "ssn":
            return Span(*found.span(), "ssn")
    return None


def _iban_end(text: str, start: int) -> int:
    """Where an IBAN ends: by the length of its country, or a word with right check digits."""
    found = _IBAN.match(text, start)
    if not found:
        return 0
    token = _TOKEN.match(text, start)
    if token and _has_check_digits(token[0]):
        return token.end()
    places = [place for place, letter in enumerate(found[0], start) if letter.isalnum()]
    length = _IBAN_LENGTHS.get(found[0][:2].upper(), len(places) + 1)
    if len(places) < length:
        return 0
    end = places[length - 1] + 1
    written = "".join(filter(str.isalnum, text[start:end]))
    fits = written.isupper() or _has_check_digits(written)
    return end if fits and not text[end : end + 1].isalnum() else 0


def _is_ipv4(text: str, found: re.Match[str]) -> bool:
    start = found.start()
    fits = all(int(part) <= 255 for part in found[0].split("."))  # noqa: PLR2004
    is_part = _IN_WORD.match(text[start - 1 : start])
    is_version = _VERSION.search(text[max(0, start - 12) : start])
    return fits and len(found[0]) > len("1.2.3.4") and not (is_part or is_version)


def _has_check_digits(iban: str) -> bool:
    """ISO 7064 MOD 97-10, over the number with its first four characters moved to the end."""
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def ipv6_addresses(text: str) -> Iterable[Span]:
    """IP addresses of version 6."""
    if not _COLONS.search(text):
        return
    for found in _IPV6.finditer(text):
        written = found[0]
        if written.count(":") >= _LEAST_COLONS and len(written) > _LEAST_IPV6 and _is_ipv6(written):
            yield Span(*found.span(), "ip")


def _is_ipv6(written: str) -> bool:
    try:
        ipaddress.IPv6Address(written)
    except ValueError:
        return False
    return any(map(str.isdigit, written))
