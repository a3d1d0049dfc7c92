"""Places a drawn population in time: when each conversation starts, which job it answers.

Who is in it is decided in law.py; what is written to files, in drops.py and events.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from last_mile.demo import law as laws

HORIZON_DAYS = 45
DAY_SECONDS = 86_400
START = 11  # its own stream of randomness


@dataclass(frozen=True, slots=True)
class World:
    """A population placed in time, in the order the conversations started.

    Attributes:
        seed: the seed of everything.
        first_day: first day, UTC.
        last_day: day of the last conversations.
        observed_until: last day whose events are known.
        draws: the population, in the order it was drawn.
        metrics: all metric ids.
        judged: ids of the metrics a judge answers.
        order: rows of `draws` by start time.
        started: seconds since midnight of first_day, sorted.
        job: job number inside the category, by start time.
    """

    seed: int
    first_day: date
    last_day: date
    observed_until: date
    draws: laws.Draws
    metrics: tuple[str, ...]
    judged: tuple[str, ...]
    order: laws.Ints
    started: laws.Floats
    job: laws.Ints


def place(
    law: Mapping[str, Any], draws: laws.Draws, days: int, seed: int, first_day: date
) -> World:
    """Draw when each conversation starts, and give each one a job.

    Args:
        law: as returned by `load_law`.
        draws: the population, in any order.
        days: number of days, >= 1; starts are spread over them.
        seed: same seed, same times.
        first_day: first day, UTC.
    """
    conversations = draws.user.size
    rng = np.random.default_rng([seed, START])
    # Mostly office hours, so that days look like days.
    clock = np.clip(rng.normal(0.58, 0.16, conversations), 0.0, 0.99999)
    started = (rng.integers(0, days, conversations) + clock) * DAY_SECONDS
    order = np.argsort(started, kind="stable")
    started = started[order]
    # About 4 conversations a job; a job is answered around one time, as posts are.
    jobs = np.maximum(1, np.bincount(draws.category, minlength=len(laws.CATEGORIES)) // 4)
    when = started / (days * DAY_SECONDS) + rng.normal(0.0, 0.02, conversations)
    job = (np.clip(when, 0.0, 0.999999) * jobs[draws.category[order]]).astype(np.int64)
    last_day = first_day + timedelta(days=days - 1)
    metrics = laws.metric_ids(law)
    judged = laws.judged_ids(law)
    observed = last_day + timedelta(days=HORIZON_DAYS - days // 5)
    return World(seed, first_day, last_day, observed, draws, metrics, judged, order, started, job)


def conversation_id(seed: int, number: int) -> str:
    """Return the id of the conversation that started as number `number` (0 is the first)."""
    return f"conv-{seed}-{number:08d}"


def midnight(day: date) -> datetime:
    """Return the first moment of a day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """Return a UTC moment as 2026-01-05T09:30:00Z."""
    return moment.isoformat()[:19] + "Z"
