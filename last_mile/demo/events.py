"""Writes what arrives after the conversations: outcome events by day, and human labels.

The conversations themselves are written in drops.py.
"""

import gzip
from datetime import timedelta
from pathlib import Path

import numpy as np

from last_mile.demo import law as laws
from last_mile.demo.placing import DAY_SECONDS, World, conversation_id, midnight, stamp

OUTCOME_HEADER = "conversation_id,outcome,value,kind,occurred_at\n"
LABEL_HEADER = "conversation_id,turn,metric,annotator,annotator_kind,value\n"
MAX_LABELLED = 600
COMPRESSION = 3
LABELS = 12  # its own stream of randomness


def write_outcomes(out: Path, world: World) -> None:
    """Write one file per day of arrival; a day without events has a file with no rows.

    Args:
        out: folder that exists.
        world: the placed population.
    """
    draws, order = world.draws, world.order
    origin = midnight(world.first_day)
    by_day: dict[int, list[tuple[float, int, str]]] = {}
    for outcome, happened, delay in (
        ("hired", draws.hired, draws.hire_delay_days),
        ("interviewed", draws.interviewed, draws.interview_delay_days),
    ):
        when = world.started + delay[order] * DAY_SECONDS
        for number in np.flatnonzero(happened[order]).tolist():
            second = float(when[number])
            by_day.setdefault(int(second // DAY_SECONDS), []).append((second, number, outcome))
    for day in range((world.observed_until - world.first_day).days + 1):
        rows = [
            f"{conversation_id(world.seed, number)},{outcome},1,binary,"
            f"{stamp(origin + timedelta(seconds=int(second)))}\n"
            for second, number, outcome in sorted(by_day.get(day, ()))
        ]
        name = f"outcomes-{world.first_day + timedelta(days=day)}.csv"
        (out / name).write_text(OUTCOME_HEADER + "".join(rows), encoding="utf-8", newline="\n")


def write_labels(out: Path, world: World) -> None:
    """Write a human's answers on a random sample: the truth where the judge errs, else the text.

    Args:
        out: folder that exists.
        world: the placed population.
    """
    draws, count = world.draws, world.order.size
    sample = min(MAX_LABELLED, count // 4)
    rng = np.random.default_rng([world.seed, LABELS])
    truth = {**draws.flags, laws.ROBOTIC: draws.true_robotic}
    truth[laws.HALLUCINATED] = draws.true_hallucinated
    rows = [
        f"{conversation_id(world.seed, number)},,{metric},human_1,human,"
        f"{int(truth[metric][world.order[number]])}\n"
        for number in sorted(rng.choice(count, sample, replace=False).tolist())
        for metric in world.judged
    ]
    text = LABEL_HEADER + "".join(rows)
    (out / "labels.csv.gz").write_bytes(gzip.compress(text.encode("utf-8"), COMPRESSION, mtime=0))
