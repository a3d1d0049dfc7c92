"""Every log format, in the order in which they are looked for. One format, one file.

A new format is a file here with a `FORMAT`, and its name in the list below (README, recipes).
"""

from collections.abc import Iterable

from last_mile.core.formats import (
    langfuse,
    langsmith,
    native,
    openai_chat,
    openai_requests,
    openinference,
    otlp,
    parquet,
    sharegpt,
    turns,
)
from last_mile.core.formats.format import Format, Record

# The more a format's marks say, the earlier it stands.
FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (
        otlp, openinference, langsmith, langfuse, openai_requests, sharegpt, native, openai_chat,
        turns, parquet,
    )
}  # fmt: skip

__all__ = ["FORMATS", "Format", "Record", "detected"]


def detected(records: Iterable[Record]) -> Format | None:
    """The format most of these records show, or None when they show none."""
    votes: dict[str, int] = {}
    for record in records:
        name = next((n for n, known in FORMATS.items() if known.looks_like(record)), None)
        if name:
            votes[name] = votes.get(name, 0) + 1
    return FORMATS[max(votes, key=lambda name: votes[name])] if votes else None
