"""URLs with and without a scheme, and handles of social networks (`@ann_lee`).

A handle names a person as an e-mail address does, so it goes; decorators, package scopes and
`@everyone` stay. Bare hosts go too, also of companies (`booking.com`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from last_mile.core.scrubbing.domains import is_host
from last_mile.core.scrubbing.placeholders import (
    EAST_ASIAN,
    LABEL,
    LETTER,
    Span,
    folded,
    holds,
    words,
)

_PUNCTUATION = (
    r"\s<>\"'\u2019\u2018\u201c\u201d«»`()\[\]{}|\\\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f"
)
_REST = rf"""(?:[^{_PUNCTUATION}]++ | ['\u2019](?=\w)
             | \([^{_PUNCTUATION}]*+\) | \[[^{_PUNCTUATION}]*+\] | {{[^{_PUNCTUATION}]*+}})"""
_URL = re.compile(
    rf"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{{1,20}}://|www\d?\.(?=\w)){_REST}++",
    re.VERBOSE | re.IGNORECASE,
)
_HOST = re.compile(
    rf"""(?<!{LETTER})(?<!{LETTER}[.-])(?<!@)(?P<host>{LABEL}(?:\.{LABEL})++)
         (?P<path>(?::\d{{1,5}}(?=[/?\#]))?[/?\#]{_REST}++)?(?![\w(@])(?!:\d*\#)""",
    re.VERBOSE,
)
_DOTTED = re.compile(rf"\.[^\W\d_{EAST_ASIAN}]{{2}}")
_TRAILING = ".,;:!?*_~\u2026\u00b7\u2013\u2014-'\u2019&="  # of the sentence, not of the URL
_HANDLE = re.compile(r"(?<![\w@/`.+\\-])@(?P<name>[^\W\d][\w.-]{1,38}+)(?![(/@\\])")
_INDENT = 40
_CODE_AFTER = re.compile(  # a decorator
    r"[^\n]*\n(?:[^\S\n]*@[^\n]*\n){0,3}[^\S\n]*(?:async|def|class|public|private|protected|fun) "
)
_NO_HANDLES = words(
    """property staticmethod classmethod dataclass override overload abstractmethod cached_property
    media import keyframes charset font-face supports layer page param params return returns
    throws deprecated see since todo test before after beforeeach aftereach autowired component
    injectable input output entity column service controller repository bean everyone here
    channel all team home work noon type types scope pytest unittest mock functools app router"""
)
_NETWORKS = ("telegram", "skype", "twitter", "insta", "discord", "wechat", "snapchat", "github",
             "linkedin", "facebook")  # fmt: skip
_NETWORK = re.compile(
    rf"""(?:{"|".join(_NETWORKS)})(?:gram)?(?:[ ](?:id|handle|user(?:[ ]?name)?|name|account))?
        (?:[ ]?[:=][ ]?|[ ]is[ ]|[ ])(?P<name>(?:live:)?[\w.\#-]{{3,40}}+)""",
    re.VERBOSE,
)
_IS_HANDLE = re.compile(r"[^\W\d_]\.?\d|[_:#]|\.[^\W\d_]")


def urls(text: str) -> Iterable[Span]:
    """URLs with a scheme or `www.`, without the punctuation of the sentence after them."""
    if "://" in text or "www" in text or "WWW" in text or "Www" in text:
        for found in _URL.finditer(text):
            yield Span(found.start(), _end(found), "url")


def bare_hosts(text: str) -> Iterable[Span]:
    """Hosts without a scheme, with their paths: `example.com/ann`."""
    done = 0
    while dot := _DOTTED.search(text, done):
        found = _HOST.search(text, max(done, text.rfind(" ", done, dot.start()) + 1))
        if found is None:
            return
        done = found.end()
        if is_host(found["host"], bool(found["path"])):
            yield Span(found.start(), _end(found), "url")


def handles(text: str) -> Iterable[Span]:
    """Names on social networks with an `@` before them."""
    if "@" not in text:
        return
    for found in _HANDLE.finditer(text):
        name = found["name"].rstrip(".-")
        before = text[max(0, found.start() - _INDENT) : found.start()].rpartition("\n")[2]
        is_code = not before.strip() and _CODE_AFTER.match(text, found.end())
        if name.partition(".")[0].lower() not in _NO_HANDLES and not is_code and len(name) > 1:
            yield Span(found.start(), found.start() + 1 + len(name), "handle")


def named_handles(text: str) -> Iterable[Span]:
    """Names after the name of a network (`Skype: ann.lee92`): with a digit, a dot or a `_`."""
    low = folded(text)
    if holds(low, _NETWORKS):
        for found in _NETWORK.finditer(low):
            name = found["name"].rstrip(".-")
            is_word = not text[max(0, found.start() - 1) : found.start()].isalnum()
            if is_word and any(map(str.isalpha, name)) and _IS_HANDLE.search(name):
                yield Span(found.start("name"), found.start("name") + len(name), "handle")


def _end(found: re.Match[str]) -> int:
    return found.start() + len(found[0].rstrip(_TRAILING))
