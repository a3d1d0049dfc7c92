"""A small world for faults: eight days of conversations, outcomes, labels and a judged rubric.

Same arguments, same bytes and same file times. Not here: running it (command.py, services.py).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.judge_server.replies import Answer
from last_mile_tests.scenario import conversation, json_lines, label, message, outcome

FIRST, N_DAYS, A_DAY = date(2026, 1, 5), 8, 15
DAYS = [FIRST + timedelta(days=n) for n in range(N_DAYS)]
JUDGE = "openai/gpt-4o-mini"
PANELS = 2  # calls for each conversation
_MARKS = {"robotic": "I certainly am", "specific": "for six years", "polite": "thank you"}
_REFUSED = b'{"conversation_id": "cut off'  # one line a day that is no JSON
_SYLLABLES = ("ba", "do", "fe", "gi", "lu", "ma", "no", "ri", "su", "ta")
_PRIOR = {"sign": 1, "author": "team", "date": "2025-12-01"}
RUBRIC: dict[str, Any] = {
    "name": "faults",
    "version": 1,
    "outcomes": [{"id": "hired", "horizon_days": 4}],
    "strata": ["model"],
    "judge": {"grouping": PANELS},
    "metrics": [
        *(
            {"id": name, "kind": "judge", "question": f"Is the answer {name}?", "prior": _PRIOR}
            for name in _MARKS
        ),
        {"id": "multi_turn", "kind": "heuristic", "question": "Two requests?", "prior": _PRIOR},
        {
            "id": "long", "kind": "heuristic", "question": "Longer than 25 words?",
            "prior": _PRIOR, "rule": "words_over", "params": {"words": 25},
        },
    ],
    "tiers": [
        {"tier": "good", "when": "specific and not robotic", "train": "desirable"},
        {"tier": "poor", "when": "robotic and not specific", "train": "undesirable"},
    ],
    "training": {
        "unproven": "warn",
        "holdout_days": 1,
        "contrast": {
            "chosen": "specific and not robotic", "rejected": "robotic", "documents": ["job"],
            "request": "Write a proposal for this job.",
        },
    },
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Drops and a rubric in a folder, and the provider that judges it.

    Attributes:
        folder: Holds `drops/`, `rubric.yaml` and the homes of runs.
        server: Counts what it was asked and paid.
        variables: More variables for every process that is started.
    """

    folder: Path
    server: JudgeServer
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def drops(self) -> Path:
        """The drop folder."""
        return self.folder / "drops"

    @property
    def rubric(self) -> Path:
        """The rubric file."""
        return self.folder / "rubric.yaml"

    @property
    def env(self) -> dict[str, str]:
        """Variables of every process: the provider is this server, and no other is known."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.endswith("_KEY") and name not in {"LAST_MILE_HOME", "DAGSTER_HOME"}
        }
        provider = {"OPENAI_API_BASE": self.server.url, "OPENAI_API_KEY": "none"}
        return {**kept, **provider, **self.variables}

    def lines(self, kind: str = "") -> int:
        """Physical lines of the drop files of a kind, or all; of a CSV file, its rows."""
        return sum(_lines(path) for path in self.drops.glob(f"{kind}*"))


def make_world(folder: Path, server: JudgeServer, days: Sequence[date] = DAYS) -> World:
    """Write drops and rubric, and let the server answer by what the texts say."""
    server.answerer = answer_by_marks
    world = World(folder, server)
    world.drops.mkdir(parents=True)
    world.rubric.write_text(json.dumps(RUBRIC))  # JSON is YAML
    for day in days:
        write_day(world.drops, day)
    last = max(days) + timedelta(days=6)  # the horizon of every day has passed
    hired = [
        outcome(name, occurred_at=f"{day + timedelta(days=2)}T10:00:00Z", event_id=f"e-{name}")
        for day in days
        for name in _names(day)
        if _chance(name).random() < 0.4
    ]
    write_rows(world.drops / f"outcomes-{last}.csv", hired)
    judged = [
        label(name, metric=metric, value=str(int(mark in final_output(name))))
        for day in days
        for name in _names(day)[:4]
        for metric, mark in _MARKS.items()
    ]
    write_rows(world.drops / f"labels-{days[0]}.csv", judged)
    return world


def write_day(drops: Path, day: date) -> Path:
    """The conversations of a day, packed; one line is refused and one stands there twice."""
    rows = [_conversation(day, name) for name in _names(day)]
    path = drops / f"conversations-{day}.jsonl.gz"
    content = json_lines(rows) + _REFUSED + b"\n" + json_lines(rows[:1])
    path.write_bytes(gzip.compress(content, mtime=0))
    settle(path)
    return path


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """A CSV drop."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), newline="", encoding="utf-8")
    settle(path)


def settle(path: Path) -> None:
    """Give a file the same time of its last change in every world: tables hold it."""
    moment = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))


def final_output(name: str) -> str:
    """What the user submitted; the marks in it are what the judge finds."""
    chance = _chance(name)
    words = ["".join(chance.sample(_SYLLABLES, 3)) for _ in range(chance.randint(12, 30))]
    marks = [mark for mark in _MARKS.values() if chance.random() < 0.5]
    return f"Dear client, {' '.join(words)}. {'. '.join(marks)}."


def answer_by_marks(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """True where the final output says the metric's mark, with the mark as quote."""
    said, place = shown["final_output"] or "", len(shown["messages"])
    return {
        name: ("t", 9, place, mark) if mark in said else ("f", 9, None, None)
        for name, mark in _MARKS.items()
        if name in ids
    }


def _names(day: date) -> list[str]:
    return [f"{day}-{n:02d}" for n in range(A_DAY)]


def _chance(name: str) -> random.Random:
    return random.Random(name)


def _conversation(day: date, name: str) -> dict[str, Any]:
    number = (day - FIRST).days * A_DAY + int(name[-2:])
    final, task = final_output(name), f"task-{number % 40:03d}"
    draft = f"Draft of {name}: {final[::-1]}"
    messages = [message("user", "Write a proposal for this job."), message("assistant", draft)]
    if number % 3 == 0:
        messages += [message("user", "Make it shorter."), message("assistant", final)]
    return conversation(
        name,
        user_id=f"user-{number % 75:03d}",
        task_id=task,
        model=f"m{1 + number % 2}",
        started_at=f"{day}T{8 + number % 12:02d}:00:00Z",
        messages=messages,
        context=[{"doc_id": "job-1", "text": f"Job {task}: {_chance(task).choice(_SYLLABLES)}"}],
        final_output=final,
    )


def _lines(path: Path) -> int:
    content = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(content).count(b"\n")
    return content.count(b"\n") - 1  # the header
