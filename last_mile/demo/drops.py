"""Writes a demo world as the files a product team would drop, conversations first.

What is true, when and how it reads belong in law.py, placing.py and text.py; reading, in adapters.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from last_mile.demo import law as laws
from last_mile.demo.dice import Dice
from last_mile.demo.events import COMPRESSION, write_labels, write_outcomes
from last_mile.demo.placing import (
    DAY_SECONDS,
    World,
    conversation_id,
    midnight,
    place,
    stamp,
)
from last_mile.demo.planted import planted_quantities
from last_mile.demo.text import TALK, make_job, make_profile, write_script

FIRST_DAY = date(2026, 1, 5)
LONGEST_WAIT_DAYS = 46  # outcomes are known at most so long after the last conversation
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was written.

    Attributes:
        conversations: number of conversations.
        files: names of all files, sorted.
        first_day: day of the first conversations.
        last_day: day of the last conversations.
        observed_until: last day with an outcome file; later events are not known yet.
    """

    conversations: int
    files: tuple[str, ...]
    first_day: date
    last_day: date
    observed_until: date


def write_drops(  # noqa: PLR0917 - the last argument is optional
    out: Path,
    conversations: int,
    days: int,
    seed: int,
    world: str,
    first_day: date = FIRST_DAY,
) -> DemoSummary:
    """Write one world as drops: conversations and outcomes by day, labels, planted truth.

    Args:
        out: folder; created when absent, and must be empty.
        conversations: number of conversations, >= 1.
        days: number of days they are spread over, >= 1.
        seed: same arguments, same bytes.
        world: "confounded" or "causal".
        first_day: first day, UTC.

    Raises:
        ValueError: unknown world, a number below 1, or a folder that holds files.
    """
    if days < 1:
        raise ValueError(f"Spread the conversations over at least 1 day, not {days}.")
    law = laws.load_law()
    draws = laws.draw(law, world, conversations, seed)
    drawn = place(law, draws, days, seed, first_day)
    _claim(out)
    for day in range(days):
        _write_conversations(out, drawn, day)
    write_outcomes(out, drawn)
    write_labels(out, drawn)
    planted = {
        "world": world,
        "seed": seed,
        "conversations": conversations,
        **planted_quantities(law, world),
    }
    (out / "planted.json").write_text(json.dumps(planted, indent=1) + "\n", encoding="utf-8")
    files = tuple(sorted(path.name for path in out.iterdir()))
    return DemoSummary(conversations, files, first_day, drawn.last_day, drawn.observed_until)


def _claim(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise ValueError(f"The folder {out} already holds files: give a new or an empty folder.")


def _write_conversations(out: Path, world: World, day: int) -> None:
    """Write one day's conversations as gzipped JSON lines; the bytes depend on the seed only."""
    edges = np.searchsorted(world.started, [day * DAY_SECONDS, (day + 1) * DAY_SECONDS])
    text = "".join(log_lines(world, int(edges[0]), int(edges[1])))
    name = f"conversations-{world.first_day + timedelta(days=day)}.jsonl.gz"
    (out / name).write_bytes(gzip.compress(text.encode("utf-8"), COMPRESSION, mtime=0))


def log_lines(world: World, low: int, high: int) -> Iterator[str]:
    """Yield the JSON lines of conversations low to high - 1, in order of their start."""
    draws, rows = world.draws, world.order[low:high]
    origin = midnight(world.first_day)
    seen = np.stack([draws.flags[metric][rows] for metric in world.metrics], axis=1).tolist()
    columns = (draws.user, draws.level, draws.model, draws.category, draws.history)
    facts = zip(*(column[rows].tolist() for column in columns), strict=True)
    starts, jobs = world.started[low:high].tolist(), world.job[low:high].tolist()
    for offset, (user, level, model, category, history) in enumerate(facts):
        number = low + offset
        dice = Dice(world.seed, TALK, number)
        flags = dict(zip(world.metrics, seen[offset], strict=True))
        profile = make_profile(world.seed, category, user)
        job = make_job(world.seed, category, jobs[offset])
        script = write_script(flags, level, job, profile, dice)
        at = origin + timedelta(seconds=int(starts[offset]))
        said, messages = at, []
        for turn, (role, content) in enumerate(script.messages):
            said += timedelta(seconds=20 + dice.below(90) if turn else 0)
            messages.append({"role": role, "content": content, "at": stamp(said)})
        line = {
            "conversation_id": conversation_id(world.seed, number),
            "user_id": f"user-{user:06d}",
            "model": laws.MODELS[model],
            "started_at": stamp(at),
            "messages": messages,
            "context": [{"doc_id": name, "text": text} for name, text in script.context],
            "final_output": script.final_output,
            "surface": "proposals",
            "task_id": script.task_id,
            "category": laws.CATEGORIES[category],
            "entry_point": script.entry_point,
            "attributes": {"user_history": laws.HISTORIES[history]},
        }
        yield _JSON.encode(line) + "\n"
