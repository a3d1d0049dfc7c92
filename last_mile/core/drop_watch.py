"""What the sensor decides: which files are complete and new, which days to build, in which order.

Values in, values out. Not here: looking at the folder (adapters/log_drop.py), Dagster (defs/).
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, NamedTuple

Work = Literal["events", "day", "recorded_labels"]
_DIGEST = 8  # bytes of a fingerprint kept in the cursor
_ORDER: dict[str, int] = {"events": 0, "day": 1, "recorded_labels": 1}


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
    """A day that a landing opened again; `change` is the landing's number."""

    change: int
    day: date
    work: Work
    is_built: bool = False  # since, by whoever

    @property
    def place(self) -> tuple[int, int, str]:
        """Order of requests: landing by landing, events before the days that read them."""
        return self.change, _ORDER[self.work], self.day.isoformat()


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the sensor remembers between ticks.

    Attributes:
        landed: Fingerprints whose landing was requested.
        waiting: Fingerprints seen at the last tick that were not complete then.
        asked: Place of the last day change that was requested.
        evidence: The last landing for which the evidence was requested.
    """

    landed: frozenset[bytes] = frozenset()
    waiting: frozenset[bytes] = frozenset()
    asked: tuple[int, int, str] = (0, 0, "")
    evidence: int = 0

    def dump(self) -> str:
        """As text; ten thousand files take about 110 KB."""
        return json.dumps(
            {
                "landed": _packed(self.landed),
                "waiting": _packed(self.waiting),
                "asked": self.asked,
                "evidence": self.evidence,
            }
        )

    @classmethod
    def load(cls, text: str | None) -> Cursor:
        """From text; one that cannot be read is a new one: run keys keep it from doing harm."""
        try:
            held: dict[str, Any] = json.loads(text or "{}")
            change, order, day = held.get("asked", (0, 0, ""))
            return cls(
                _unpacked(held.get("landed", "")),
                _unpacked(held.get("waiting", "")),
                (int(change), int(order), str(day)),
                int(held.get("evidence", 0)),
            )
        except (ValueError, TypeError, AttributeError, zlib.error):
            return cls()


@dataclass(frozen=True, slots=True)
class FilesDue:
    """New complete files, the names of files to leave alone, and a key for this set of files."""

    names: list[str]
    leave: list[str]
    run_key: str


@dataclass(frozen=True, slots=True)
class DaysDue:
    """Day changes to request now, or the landing whose evidence is due."""

    changes: list[DayChange] = field(default_factory=list)
    evidence: int | None = None


def files_due(files: Sequence[Seen], cursor: Cursor) -> tuple[FilesDue | None, Cursor]:
    """Find files that are complete and whose landing was not requested yet.

    A file is complete when a marker says so; without a marker, when its size and modification time
    are those of the tick before.

    Returns:
        The files to land, or None, and the cursor after this tick.
    """
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
    return FilesDue(names, sorted(file.name for _, file in growing), f"land-{key}"), after


def days_due(
    changes: Iterable[DayChange],
    cursor: Cursor,
    *,
    most: int,
    labels_judge: bool,
    events_in_flight: bool,
    days_in_flight: bool,
) -> tuple[DaysDue, Cursor]:
    """Choose the next day changes to request.

    Events of a landing go first, and the days that read them wait until those runs have ended. When
    all days have, the evidence over the whole history is due once.

    Args:
        changes: All day changes of the warehouse.
        cursor: What was requested before.
        most: Requests a tick may make.
        labels_judge: Recorded labels are the judge, so their days are to be built again.
        events_in_flight: Runs that build events have not ended.
        days_in_flight: Runs that build days have not ended.

    Returns:
        What to request, and the cursor after it.
    """
    ordered = sorted(changes, key=lambda item: item.place)
    # what the command line built it has given its evidence, too
    ours = (item.change for item in ordered if item.place <= cursor.asked or not item.is_built)
    newest = max(ours, default=0)
    pending = [
        item
        for item in ordered
        if item.place > cursor.asked
        and not item.is_built
        and (labels_judge or item.work != "recorded_labels")
    ]
    if pending:
        ready = [item for item in pending if item.work == pending[0].work][:most]
        first_of_other = next((i for i in pending if i.work != pending[0].work), None)
        if first_of_other is not None:
            ready = [item for item in ready if item.place < first_of_other.place]
        if pending[0].work != "events" and events_in_flight:
            return DaysDue(), cursor
        return DaysDue(ready), replace(cursor, asked=ready[-1].place)
    if newest > cursor.evidence and not events_in_flight and not days_in_flight:
        return DaysDue(evidence=newest), replace(cursor, evidence=newest)
    return DaysDue(), cursor


def _packed(fingerprints: frozenset[bytes]) -> str:
    return base64.b64encode(zlib.compress(b"".join(sorted(fingerprints)), 1)).decode()


def _unpacked(text: str) -> frozenset[bytes]:
    if not text:
        return frozenset()
    held = zlib.decompress(base64.b64decode(text))
    return frozenset(held[i : i + _DIGEST] for i in range(0, len(held), _DIGEST))
