"""E-mail addresses, plain and spelled out (`ann [at] example [dot] com`).

Found from the `@` outwards, so that a text without one costs nothing. An address without a dot in
its host (`ann@corp`) stays: so are versions written (`react@latest`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from last_mile.core.scrubbing.domains import is_ending, mail_host
from last_mile.core.scrubbing.placeholders import LABEL, LETTER, Span, holds, words

_JOINT = r"[.+'\u2019~-]"  # between the words of a local part
_LOCAL = re.compile(
    rf"""(?:(?<!{LETTER})(?<!{LETTER}{_JOINT})(?<!{LETTER}{_JOINT}{_JOINT})
         {LETTER}++(?:{_JOINT}{{1,2}}+{LETTER}++)*+{_JOINT}?
       | [^\W\x00-\x7f]{{1,64}}+)\Z""",  # East Asian
    re.VERBOSE,
)
_LONGEST_LOCAL = 256
_SIGN = re.compile(r"[ \t][@\uff20\ufe6b][ \t]|[@\uff20\ufe6b]|%40|&(?:#64|#x40|commat);")
_OTHER_SIGNS = ("\uff20", "\ufe6b", "%40", "&#", "&commat")
_HOST = re.compile(rf"{LABEL}(?:[.\u3002\uff0e\uff61]{LABEL})*+|[^\W\x00-\x7f]+\.\w+")
_REMOTE_PATH = re.compile(r":[\w~.-]+/[\w~./-]+")  # git@host:ann/repository

_DOT = r"""(?:[ \t]{0,2}[\[({<|][ \t]?(?:dot|\.|punkt|punto|point)[ \t]?[\])}>|][ \t]{0,2}
            |[ \t](?:dot|punkt|punto)[ \t]|_dot_|[ ]?\.[ ]?)"""
_SPELLED_SIGN = re.compile(
    r"""[ \t]?[\[({<|][ \t]?(?:at|@|arroba|ät)[ \t]?[\])}>|][ \t]?
      | [ \t](?:at|arroba)[ \t] | _at_ | [ ]?@[ ]?""",
    re.VERBOSE | re.IGNORECASE,
)
_SPELLED_HOST = re.compile(rf"(?:{LABEL})(?:{_DOT}(?:{LABEL})){{1,4}}+", re.VERBOSE | re.IGNORECASE)
_SPELLED_LOCAL = re.compile(
    rf"(?<!{LETTER}){LETTER}++(?:(?:[.+-]|{_DOT}){LETTER}++){{0,4}}\Z", re.VERBOSE | re.IGNORECASE
)
_AT_HOST = re.compile(r" at [\w-]+(?:\.\w| ?[\[({<|])")
_BRACKETED = re.compile(r"[\[({<|_] ?(?:at|\xe4t|@|arroba)")
_ANY_DOT = re.compile(_DOT, re.VERBOSE | re.IGNORECASE)
_PROVIDERS = words(
    """gmail googlemail yahoo ymail hotmail outlook live msn icloud aol proton protonmail gmx web
    mail yandex qq 163 126 zoho fastmail tutanota hey naver rediffmail"""
)
_NO_LOCALS = words("""me us him her it them out available contact look work am i is was""")


def emails(text: str) -> Iterable[Span]:
    """Addresses with an `@`, full-width and encoded ones too."""
    if "@" not in text and not holds(text, _OTHER_SIGNS):
        return
    done = 0
    for sign in _SIGN.finditer(text):
        after = _HOST.match(text, sign.end()) if sign.start() >= done else None
        host = _plain_host(after[0]) if after else ""
        local = _local(_LOCAL, text, done, sign.start()) if host else None
        if local is not None:
            done = sign.end() + len(host)
            remote = _REMOTE_PATH.match(text, done)
            done = remote.end() if remote else done
            yield Span(local, done, "email")


def spelled_emails(text: str) -> Iterable[Span]:
    """Addresses written for humans: `ann [at] example [dot] com`, `ann.lee at gmail.com`."""
    lowered = text.lower()
    is_bare = " at " in lowered and ("dot" in lowered or _AT_HOST.search(lowered))
    is_marked = "@" in text or " arroba " in lowered or _BRACKETED.search(lowered)
    if not is_bare and not is_marked:
        return
    done = 0
    for sign in _SPELLED_SIGN.finditer(text):
        after = _SPELLED_HOST.match(text, sign.end()) if sign.start() >= done else None
        if after is None:
            continue
        end = _spelled_end(after)
        local = _local(_SPELLED_LOCAL, text, done, sign.start()) if end else None
        if local is None or not _is_meant(sign[0], text[local : sign.start()], after[0]):
            continue
        done = end
        yield Span(local, end, "email")


def _local(pattern: re.Pattern[str], text: str, done: int, end: int) -> int | None:
    found = pattern.search(text, max(done, end - _LONGEST_LOCAL), end)
    return found.start() if found else None


def _plain_host(host: str) -> str:
    dotted = re.sub("[\u3002\uff0e\uff61]", ".", host)
    return host[: len(mail_host(dotted))]


def _spelled_end(found: re.Match[str]) -> int:
    """Where the last ending of a host stands: `example dot com . Then` ends at `com`."""
    ends, start = [], 0
    for dot in _ANY_DOT.finditer(found[0]):
        ends.append((start, dot.start()))
        start = dot.end()
    ends.append((start, len(found[0])))
    known = [end for start, end in ends[1:] if is_ending(found[0][start:end])]
    return found.start() + known[-1] if known else 0


def _is_meant(sign: str, local: str, host: str) -> bool:
    """Whether it is an address and no sentence (`look at example.com`)."""
    if sign.strip().lower() not in {"at", "arroba"}:
        return True
    if local.lower() in _NO_LOCALS:
        return False
    is_spelled = re.search(r"[\[({<|]|\bdot\b|punkt|punto", host, re.IGNORECASE) is not None
    is_provider = re.split(r"\W", host.lower(), maxsplit=1)[0] in _PROVIDERS
    return is_spelled or is_provider or re.search(r"[\d._]", local) is not None
