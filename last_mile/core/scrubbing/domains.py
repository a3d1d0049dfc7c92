"""Which dotted words are hosts: lists of endings, and where a host ends in running text.

Not here: the patterns of URLs and e-mail addresses, which ask this module.
"""

from __future__ import annotations

from last_mile.core.scrubbing.placeholders import words

# A dotted word with one of these endings is a host by itself.
_ENDINGS = words(
    """com org net edu gov mil info biz io co ai app dev xyz online site website tech blog shop
    store cloud eu uk de fr es nl pl se dk fi ch ru ua cz sk hu ro bg gr pt ie ca au nz za jp cn
    kr hk tw sg th vn ph br mx ar cl pe uy ve ec tr il ae sa qa kw eg ng ke gh tz ug ma tn dz pk
    lk np bd ir iq kz uz ge az lt lv ee hr si mt cy lu li tv gg ly nu fm asia cat
    kiwi рф укр бел example onion"""
)
# Ordinary words and members of objects as well (`tell.me`, `user.name`): hosts when a path follows.
_WORDS = words(
    """name mobi tel jobs work works team link page chat email group design digital media agency
    studio solutions services company consulting space club live life world today news pro art
    photo photos pics video music social network global center city expert guru ninja rocks run
    fun top vip wiki zone academy education careers academia health care clinic law legal
    finance money global me us in it at be is no to so my am as do id im la st su ws cc ms
    sc ac ad tk ga cf gl mk vc tf test invalid local internal localhost
    link click bio page travel events house land energy engineer systems tools software codes"""
)
_SHORT_HOSTS = words("me us in it at be no")  # hosts if the name is long
_PRODUCTS = frozenset({"asp.net", "vb.net", "ado.net", "ml.net", "socket.io"})
_SECOND = words("co com net org ac or web biz go gov edu")  # `co.at`
_LEAST_NAME = 4
_LONGEST_ENDING = 24


def is_ending(label: str) -> bool:
    """Whether a host may end so."""
    folded = label.lower()
    return folded in _ENDINGS or folded in _WORDS or folded.startswith("xn--")


def is_host(host: str, has_path: bool) -> bool:
    """Whether a dotted word without a scheme is a host: `example.com`, `t.me/ann`, no `node.js`.

    Args:
        host: Labels with dots between them.
        has_path: Whether a path or a query follows.
    """
    *before, last = host.split(".")
    if host.lower() in _PRODUCTS or not any(map(str.isalpha, "".join(before))):
        return False
    if last.lower() in _ENDINGS or last.lower().startswith("xn--"):
        return has_path or not last.istitle()
    if before[-1] in _SECOND and len(before) > 1 and is_ending(last):
        return True
    if last not in _SHORT_HOSTS:
        return has_path and is_ending(last)
    return has_path or (host.islower() and len(before[-1]) >= _LEAST_NAME)


def mail_host(host: str) -> str:
    """The part of a dotted word after an `@` that is a host; empty if none is.

    `example.com.Please` is `example.com`: the space after the full stop is missing.
    """
    labels = host.split(".")
    while len(labels) > 2 and is_ending(labels[-2]) and labels[-1].istitle():  # noqa: PLR2004
        if labels[-2].istitle() and is_ending(labels[-1]):  # Example.Co.Uk
            break
        labels.pop()
    last = labels[-1]
    fits = len(labels) > 1 and 1 < len(last) <= _LONGEST_ENDING and not last[0].isdigit()
    return ".".join(labels) if fits else ""
