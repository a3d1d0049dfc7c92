"""Privacy at the door: typed placeholders for personal data, hashes for user ids.

The same text has the same placeholder everywhere in one conversation. What is found is what the
patterns find: e-mail addresses, URLs, payment cards (checked by Luhn's formula), phone numbers, and
names that the context documents give exactly. Names nobody wrote down there are not known here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from last_mile.core.conversation import Conversation, to_json

KINDS = ("email", "url", "card", "phone", "name")

_PATTERNS = re.compile(
    r"""(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)  # bounded: or quadratic
      | (?P<url>(?:https?://|www\.)[^\s<>"'\])}]+)
      | (?P<card>(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-]))
      | (?P<phone>(?<![\w.,-])(?:
            \+\d{1,3}(?:[ ./-]?\(?\d{1,12}\)?){1,6}           # international
          | \(?0\d{1,5}\)?(?:[ ./-]\d{2,8}){1,5}             # national, with a leading zero
          | \(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}                 # North America
        )(?![\w-]))""",
    re.VERBOSE,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\b|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})\b")
_ESCAPED_ASCII = re.compile(r"\\u00([0-7][0-9a-fA-F])")
_ESCAPE = re.compile(r"(\\(?:u[0-9a-fA-F]{4}|.))")
_NAME_LINE = re.compile(
    r"(?im)^[^\S\n]*"
    r"(?:(?:full|first|last|given|family|user|client|customer|contact|freelancer)[ _]?)?"
    r"name[^\S\n]*[:=][^\S\n]*(?P<name>[^\n,;(]{2,80})$"
)
_NAMES_FIELD = re.compile(r'"names"\s*:\s*(\[[^\]]*\]?|"[^"]*")')
_QUOTED = re.compile(r'"([^"]+)"')
_USER_KEYS = {
    "user_id", "userId", "user", "end_user", "user.id", "enduser.id", "customer_id", "contact_id"
}  # fmt: skip
_LEAST_PHONE_DIGITS, _MOST_PHONE_DIGITS = 8, 15
_LEAST_NAME = 3  # letters of one word of a name


class Redactor:
    """Replaces personal data of one conversation; counts what it replaced.

    Args:
        names: Exact names to replace as well; of a name of several words each word of three
            letters or more counts, and all of them are the same person.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self._given: dict[tuple[str, str], str] = {}
        self._person: dict[str, str] = {}
        for name in names:
            words = [word for word in name.split() if len(word) >= _LEAST_NAME]
            for known in (name, *words):
                self._person.setdefault(known, name)
        spellings = sorted(self._person, key=len, reverse=True)
        escaped = "|".join(re.escape(spelling) for spelling in spellings)
        self._names = re.compile(rf"(?<!\w)(?:{escaped})(?!\w)") if spellings else None

    def text(self, text: str) -> str:
        """The text with placeholders like `<EMAIL_1>`."""
        found = _PATTERNS.sub(self._matched, text)
        return self._names.sub(self._named, found) if self._names else found

    def value(self, value: Any) -> Any:
        """A JSON value with every text in it redacted; keys stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {key: self.value(held) for key, held in value.items()}
        return value

    def _matched(self, found: re.Match[str]) -> str:
        kind, text = str(found.lastgroup), found[0]
        if kind == "card" and not is_card(text):
            return text
        if kind == "phone" and not _is_phone(text):
            return text
        if kind == "url":  # the full stop of the sentence is not part of it
            kept = text.rstrip(".,;:!?")
            return self._placeholder(kind, kept) + text[len(kept) :]
        return self._placeholder(kind, text)

    def _named(self, found: re.Match[str]) -> str:
        return self._placeholder("name", self._person[found[0]])

    def _placeholder(self, kind: str, text: str) -> str:
        self.counts[kind] += 1
        number = 1 + sum(known == kind for known, _ in self._given)
        return self._given.setdefault((kind, text), f"<{kind.upper()}_{number}>")


def redact(conversation: Conversation) -> Counter[str]:
    """Redact every text of a conversation in place.

    Returns:
        How many were replaced, by kind.
    """
    redactor = Redactor(names_in(conversation))
    for message in conversation.messages:
        for field in ("content", "name", "tool_calls"):
            text = getattr(message, field)
            if text:
                setattr(message, field, redactor.text(text))
    for document in conversation.context or ():
        document.text = redactor.text(document.text)
    if conversation.final_output:
        conversation.final_output = redactor.text(conversation.final_output)
    conversation.attributes = redactor.value(conversation.attributes)
    return redactor.counts


def names_in(conversation: Conversation) -> list[str]:
    """Names the context documents give: lines like `Name: Ann Lee`, and their field `names`."""
    names = [name for document in conversation.context or () for name in named_in(document.text)]
    for extra in ((conversation.attributes or {}).get("context_fields") or {}).values():
        given = extra.get("names") if isinstance(extra, dict) else None
        listed = [given] if isinstance(given, str) else given
        if isinstance(listed, list):
            names += [name for name in listed if isinstance(name, str) and name.strip()]
    return list(dict.fromkeys(names))


def named_in(text: str) -> list[str]:
    """Names in lines like `Name: Ann Lee`, in order."""
    return [found["name"].strip() for found in _NAME_LINE.finditer(text)]


def redacted_bytes(raw: bytes) -> bytes:
    """The bytes of a refused line without what the patterns find, JSON escapes seen through."""
    text = _ESCAPED_ASCII.sub(_unescaped, raw.decode("utf-8", "surrogateescape"))
    lines = text.replace("\\n", "\n").replace('"', "\n")
    listed = [name for names in _NAMES_FIELD.findall(text) for name in _QUOTED.findall(names)]
    redactor = Redactor([*named_in(lines), *listed])
    pieces = [p if _ESCAPE.fullmatch(p) else redactor.text(p) for p in _ESCAPE.split(text)]
    return "".join(pieces).encode("utf-8", "surrogateescape")


def _unescaped(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character.isprintable() and character not in '"\\' else found[0]


def hashed_user(user_id: str, salt: bytes) -> str:
    """A user id as HMAC-SHA-256 under a salt: 32 hexadecimal digits, the same for the same user."""
    return hmac.new(salt, user_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def hash_user(conversation: Conversation, salt: bytes) -> None:
    """Replace the user id of a conversation by its hash, also where `attributes` repeat it."""
    user_id = conversation.user_id
    if user_id is not None:
        conversation.user_id = hashed_user(user_id, salt)
        given = conversation.attributes
        conversation.attributes = _replaced(given, user_id, conversation.user_id)


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(held, old, new) for key, held in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return new if value == old or (is_number and str(value) == old) else value


def users_hashed(value: Any, salt: bytes) -> Any:
    """A JSON value with the values of its user fields hashed, wherever they stand in it."""
    if isinstance(value, list):
        return [users_hashed(item, salt) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("key") in _USER_KEYS and isinstance(value.get("value"), dict):  # as OTLP writes it
        return {**value, "value": _hashed(value["value"], salt)}
    return {
        name: _hashed(held, salt) if name in _USER_KEYS else users_hashed(held, salt)
        for name, held in value.items()
    }


def _hashed(user: Any, salt: bytes) -> Any:
    """What a user field holds, with every text and number in it hashed."""
    if isinstance(user, list):
        return [_hashed(item, salt) for item in user]
    if isinstance(user, dict):
        return {name: _hashed(held, salt) for name, held in user.items()}
    is_id = isinstance(user, (str, int, float)) and not isinstance(user, bool)
    return hashed_user(str(user), salt) if is_id else user


def policy_id(redacts: bool, salt: bytes | None, others: Iterable[object] = ()) -> str:
    """A short id of how files are read: another one means that they must be read again."""
    marked = hashed_user("last_mile", salt) if salt is not None else None
    return hashlib.sha256(to_json([redacts, marked, *map(str, others)]).encode()).hexdigest()[:16]


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def is_card(text: str) -> bool:
    """Luhn's check over 13 to 19 digits (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(_digits(text))):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004
    return total % 10 == 0


def _is_phone(text: str) -> bool:
    enough = _LEAST_PHONE_DIGITS <= len(_digits(text)) <= _MOST_PHONE_DIGITS
    return enough and not _DATE.match(text)
