"""How files are to be read, and what came of one. Not here: reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from last_mile.core.conversation import Fallback
from last_mile.core.redaction import policy_id

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Reading:
    """What every file of a landing is read with."""

    last_day: date  # days after it are in the future
    default_day: date | None = None
    format_name: str | None = None  # None: detected file by file
    max_line_bytes: int = 16 * MEGABYTE
    redacts: bool = False
    salt: bytes | None = field(default=None, repr=False)  # None: user ids as logged

    @property
    def policy(self) -> str:
        """Files read under another policy are read again."""
        others = (self.default_day, self.format_name, self.max_line_bytes)
        return policy_id(self.redacts, self.salt, others)

    def fallback(self, path_day: date | None) -> Fallback:
        """The day of records without a time, in a file of this day."""
        return Fallback(path_day, self.default_day, self.last_day)


@dataclass(slots=True)
class FileRead:
    """One file after it was read.

    Attributes:
        error: Why the whole file could not be read; nothing of it counts then.
        format_name: The format of its records; None for outcomes and labels, and for a file that
            is no conversation log.
        lines: Physical lines, rows or array elements.
        records: What they hold: as many, but for formats whose lines hold several calls.
        first_day: The earliest day of an accepted conversation record.
        last_day: The latest.
    """

    name: str
    error: str | None = None
    status: Literal["landed", "ignored", "unreadable"] = "landed"
    format_name: str | None = None
    lines: int = 0
    records: int = 0
    first_day: date | None = None
    last_day: date | None = None
    refused: Counter[str] = field(default_factory=Counter)
    redacted: Counter[str] = field(default_factory=Counter)
    time_sources: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """Refused records."""
        return self.refused.total()
