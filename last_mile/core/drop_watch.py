"""What the drop sensors decide: which files are complete and new, which days to build.

Values in, values out. Not here: looking at the folder (adapters/log_drop.py), Dagster (defs/).
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, NamedTuple

Work = Literal["events", "day", "recorded_labels"]
_DIGEST = 8  # bytes of a fingerprint kept in the cursor
MOST_TRIES = 3  # landings that left the same files out; what stops them then needs somebody


class Seen(NamedTuple):
    """A file as a tick sees it; `marked` is what a marker in its folder says, if there is one."""

    name: str
    size_bytes: int
    modified_ns: int
    marked: bool | None

    @property
    def fingerprint(self) -> bytes:
        """Equal as long as name, size and modification time are."""
        text = f"{self.name}\0{self.size_bytes}\0{self.modified_ns}"
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


class DayChange(NamedTuple):
    """A day that a landing opened again: the landing's number and the kind of its files."""

    change: int
    day: date
    work: Work
    kind: str | None  # None: an erasure
    is_built: bool = False  # since, by whoever

    @property
    def place(self) -> tuple[int, str]:
        """Order of requests: landing by landing."""
        return self.change, self.day.isoformat()


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a sensor remembers between ticks.

    Attributes:
        landed: Fingerprints whose landing was requested.
        tries: How often in a row a landing ended without landing what it was asked for.
        waiting: Fingerprints seen at the last tick that were not complete then.
        asked: Place of the last day that was requested.
        asked_events: The last landing whose outcome events were requested.
    """

    landed: frozenset[bytes] = frozenset()
    waiting: frozenset[bytes] = frozenset()
    asked: tuple[int, str] = (0, "")
    asked_events: int = 0
    tries: int = 0

    def dump(self) -> str:
        """As text; ten thousand files take about 110 KB."""
        return json.dumps(
            {
                "landed": _packed(self.landed),
                "waiting": _packed(self.waiting),
                "asked": self.asked,
                "asked_events": self.asked_events,
                "tries": self.tries,
            }
        )

    @classmethod
    def load(cls, text: str | None) -> Cursor:
        """From text; one that cannot be read is a new one: run keys keep it from doing harm."""
        try:
            held: dict[str, Any] = json.loads(text or "{}")
            change, day = held.get("asked", (0, ""))
            return cls(
                _unpacked(held.get("landed", "")),
                _unpacked(held.get("waiting", "")),
                (int(change), str(day)),
                int(held.get("asked_events", 0)),
                int(held.get("tries", 0)),
            )
        except (ValueError, TypeError, AttributeError, zlib.error):
            return cls()


@dataclass(frozen=True, slots=True)
class FilesDue:
    """New complete files, the names of files to leave alone, and a key for this set of files."""

    names: list[str]
    leave: list[str]
    run_key: str


def files_due(
    files: Sequence[Seen], cursor: Cursor, missed: Collection[bytes] = ()
) -> tuple[FilesDue | None, Cursor]:
    """Find files that are complete and whose landing was not requested yet, or has failed.

    A file is complete when a marker says so; without a marker, when its size and modification time
    are those of the tick before.

    Args:
        files: Every file there is.
        cursor: What was requested before.
        missed: Fingerprints of which a landing was requested that ended without them.

    Returns:
        The files to land, or None, and the cursor after this tick.
    """
    tries = cursor.tries + 1 if missed else 0
    again = frozenset(missed) if tries < MOST_TRIES else frozenset()
    cursor = replace(
        cursor,
        landed=cursor.landed - again,
        waiting=cursor.waiting | again,
        tries=min(tries, MOST_TRIES),
    )
    new: list[tuple[bytes, Seen]] = []
    growing: list[tuple[bytes, Seen]] = []
    present = {file.fingerprint: file for file in files}
    for fingerprint, file in present.items():
        if fingerprint in cursor.landed:
            continue
        complete = fingerprint in cursor.waiting if file.marked is None else file.marked
        (new if complete else growing).append((fingerprint, file))
    after = replace(
        cursor,
        landed=(cursor.landed & present.keys()) | {fingerprint for fingerprint, _ in new},
        waiting=frozenset(fingerprint for fingerprint, _ in growing),
    )
    if not new:
        return None, after
    key = hashlib.sha256(b"".join(sorted(fingerprint for fingerprint, _ in new))).hexdigest()[:16]
    names = sorted(file.name for _, file in new)
    leave = sorted(file.name for _, file in growing)
    return FilesDue(names, leave, f"land-{key}" + (f"-{tries}" if again else "")), after


def days_due(
    changes: Iterable[DayChange], cursor: Cursor, *, most: int, labels_judge: bool
) -> tuple[list[DayChange], Cursor]:
    """Choose the next day changes to request: in any order, days do not wait for each other.

    Of the days of outcome events one stands for all: a run that builds one builds every one that
    is waiting.

    Args:
        changes: Day changes of the warehouse that this sensor answers for.
        cursor: What was requested before.
        most: Days a tick may request.
        labels_judge: Recorded labels are the judge, so their days are to be built again.

    Returns:
        What to request, and the cursor after it.
    """
    waiting = (item for item in changes if not item.is_built)
    open_again = sorted(waiting, key=lambda item: item.place)
    events = [
        item for item in open_again if item.work == "events" and item.change > cursor.asked_events
    ]
    days = [
        item
        for item in open_again
        if item.work != "events"
        and item.place > cursor.asked
        and (labels_judge or item.work != "recorded_labels")
    ][:most]
    after = replace(
        cursor,
        asked=days[-1].place if days else cursor.asked,
        asked_events=events[-1].change if events else cursor.asked_events,
    )
    return [*events[:1], *_once(days)], after


def _once(days: Iterable[DayChange]) -> list[DayChange]:
    """A day once, whatever of it changed."""
    return list({item.place: item for item in days}.values())


def _packed(fingerprints: frozenset[bytes]) -> str:
    return base64.b64encode(zlib.compress(b"".join(sorted(fingerprints)), 1)).decode()


def _unpacked(text: str) -> frozenset[bytes]:
    if not text:
        return frozenset()
    held = zlib.decompress(base64.b64decode(text))
    return frozenset(held[i : i + _DIGEST] for i in range(0, len(held), _DIGEST))
