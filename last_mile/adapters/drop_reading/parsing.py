"""Records of conversation logs as rows: decoded, read by their format, checked, made private.

A native line of exactly the expected shape takes the short way: one typed decoding. Every other
record takes the long way through its format, with the same result or with the reason of refusal.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import msgspec

from last_mile.adapters.drop_reading.lines import UNREADABLE_ROW, Record
from last_mile.adapters.drop_reading.reading import Reading
from last_mile.core.conversation import Conversation, Fallback, conversation_from, started
from last_mile.core.formats import Format
from last_mile.core.formats.format import Record as Fields
from last_mile.core.redaction import hash_user, redact, redacted_bytes, users_hashed
from last_mile.core.refusal import RefusedLineError
from last_mile.core.times import FIRST_DAY, TimeSource, moment

# A second value of one of these would decide who said what in which conversation; of any other
# native field the last value counts, as with every reader of JSON. In other formats no key may
# stand twice.
_DECISIVE = (b'"conversation_id"', b'"role"')
_ESCAPED_LETTER = re.compile(rb"\\u00[567]")  # `rol\u0065` is a role too
_DECISIVE_NAMES = {key.decode().strip('"') for key in _DECISIVE}
_LONGEST_ID = 1024
_WITHHELD = b"<withheld: users are hashed>"
_ISO_UTC = len("2026-01-05T10:00:00Z")
_decode_native = msgspec.json.Decoder(Conversation).decode
_new = tuple.__new__
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(enc_hook=str).encode
# A shape that nobody thought of is a line to be looked at, not the end of a landing.
_UNFORESEEN = (AttributeError, TypeError, KeyError, ValueError, IndexError, RecursionError)


class Parsed(NamedTuple):
    """One accepted part of a record."""

    part: int
    conversation: Conversation
    started_at: datetime  # UTC
    time_source: TimeSource
    holds: str
    position: int | None


class Refused(NamedTuple):
    """One refused part of a record: why, and its bytes as they may be kept."""

    part: int
    reason: str
    raw: bytes


class Parser:
    """Turns records of one file into rows.

    Args:
        reading: How the landing reads.
        fallback: The day of records without a time.
        known: The file's format; None: nothing showed one, every record is refused.
    """

    def __init__(self, reading: Reading, fallback: Fallback, known: Format | None) -> None:
        self.redacted: Counter[str] = Counter()
        self._reading = reading
        self._fallback = fallback
        self._format = known
        self._is_native = known is not None and known.name == "native"
        self._first = datetime.combine(FIRST_DAY, time())
        self._end = datetime.combine(reading.last_day, time()) + timedelta(days=1)
        self._is_private = reading.redacts or reading.salt is not None

    def __call__(self, record: Record) -> list[Parsed | Refused]:
        """Every part of a record, accepted or refused."""
        if self._is_native and record.value is None:
            parsed = self._short_way(record)
            if parsed is not None:
                return [self._private(parsed, record.raw)] if self._is_private else [parsed]
        return self._long_way(record)

    def _short_way(self, record: Record) -> Parsed | None:
        """A line of exactly the native shape, or None: another line, or one to be refused."""
        raw = record.raw
        try:
            found = _decode_native(raw)
            at, source = self._started(found.started_at)
        except (ValueError, RecursionError, RefusedLineError):
            return None
        one, role = _DECISIVE
        if (
            not 0 < len(found.conversation_id) <= _LONGEST_ID
            or not found.messages
            or raw.count(role) != len(found.messages)
            or raw.count(one) != 1
            or record.size > self._reading.max_line_bytes
            or (b"\\" in raw and _ESCAPED_LETTER.search(raw))  # one byte is found at once
        ):
            return None
        return _new(Parsed, (0, found, at, source, "conversation", None))

    def _started(self, text: str | None) -> tuple[datetime, TimeSource]:
        """As core's `started`; the usual way to write a time, `…T10:00:00Z`, is read at C speed."""
        if text is not None and len(text) == _ISO_UTC and text[4] == "-" and text[-1] == "Z":
            at = datetime.fromisoformat(text[:-1])
            if at.tzinfo is None and self._first <= at < self._end:
                return at, "zoned"
        return started(None if text is None else moment(text), self._fallback)

    def _long_way(self, record: Record) -> list[Parsed | Refused]:
        try:
            parts = self._parts(self._object(record))
        except RefusedLineError as refusal:
            return [Refused(0, refusal.reason, self._kept(record.raw))]
        rows: list[Parsed | Refused] = []
        for number, part in enumerate(parts):
            try:
                raw = record.raw if len(parts) == 1 else _encode(part)
                rows.append(self._private(self._read(number, part), raw))
            except RefusedLineError as refusal:
                rows.append(Refused(number, refusal.reason, self._kept(raw)))
        return rows

    def _object(self, record: Record) -> Fields:
        """The record as names and values."""
        if record.size > self._reading.max_line_bytes:
            raise RefusedLineError("too_large")
        if record.value is UNREADABLE_ROW:
            raise RefusedLineError("unreadable_row" if record.raw.strip() else "empty_line")
        if record.value is not None:
            return record.value  # type: ignore[no-any-return]
        value = decoded(record.raw, _DECISIVE_NAMES if self._is_native else None)
        if not isinstance(value, dict):
            raise RefusedLineError("not_an_object")
        return value

    def _parts(self, value: Fields) -> list[Fields]:
        if self._format is None:
            raise RefusedLineError("unknown_format")
        try:
            return self._format.parts(value)
        except _UNFORESEEN:
            raise RefusedLineError("wrong_type") from None

    def _read(self, number: int, part: Fields) -> Parsed:
        assert self._format is not None
        try:
            fields = self._format.read(part)
            holds = str(fields["holds"])
            position = fields.get("position") if holds == "turn" else None
            found, own = conversation_from(fields)
        except _UNFORESEEN:
            raise RefusedLineError("wrong_type") from None
        at, source = started(own, self._fallback)
        return Parsed(number, found, at, source, holds, position)

    def _private(self, parsed: Parsed, raw: bytes) -> Parsed | Refused:
        found, salt = parsed.conversation, self._reading.salt
        try:
            if self._reading.redacts:
                self.redacted += redact(found)
            if salt is not None:
                hash_user(found, salt)
        except RecursionError:
            return Refused(parsed.part, "too_deep", self._kept(raw))
        return parsed

    def _kept(self, raw: bytes) -> bytes:
        return kept_bytes(raw, self._reading)


def kept_bytes(raw: bytes, reading: Reading) -> bytes:
    """The bytes of a refused record as they may be stored under the landing's privacy.

    Where users are hashed, bytes that are not valid JSON are withheld: a user id may stand anywhere
    in them.
    """
    if reading.salt is not None:
        try:
            raw = _encode(users_hashed(_decode(raw), reading.salt))
        except (ValueError, RecursionError):
            return _WITHHELD
    return redacted_bytes(raw) if reading.redacts else raw


def decoded(raw: bytes, decisive: set[str] | None = None) -> Any:
    """The JSON value of a line.

    Args:
        raw: The line.
        decisive: Keys that may not stand twice in an object; None: no key may.

    Raises:
        RefusedLineError: With what is wrong with the bytes.
    """
    if not raw.strip():
        raise RefusedLineError("empty_line")
    try:
        value = _decode(raw)
        json.loads(raw, object_pairs_hook=lambda pairs: _unique(pairs, decisive))
    except RecursionError:
        raise RefusedLineError("too_deep") from None
    except ValueError:  # UnicodeDecodeError and msgspec's errors are such
        raise _broken(raw) from None
    return value


def _unique(pairs: list[tuple[str, Any]], decisive: set[str] | None) -> None:
    names = [name for name, _ in pairs if decisive is None or name in decisive]
    if len(names) != len(set(names)):
        raise RefusedLineError("duplicate_key")


def _broken(raw: bytes) -> RefusedLineError:
    """What is wrong with bytes that are no JSON text."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return RefusedLineError("invalid_utf8")
    if b"\0" in raw:
        return RefusedLineError("nul_bytes")
    try:
        lenient = json.loads(raw)
        json.dumps(lenient, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return RefusedLineError("lone_surrogate")
    except RecursionError:
        return RefusedLineError("too_deep")
    except ValueError:
        pass
    return RefusedLineError("invalid_json")
