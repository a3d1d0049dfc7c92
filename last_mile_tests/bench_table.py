"""The table of the evidence benchmarks: wide like `labeled_conversations`, 2 % with an outcome.

Not here: what is measured on it (bench_evidence.py).
"""

from __future__ import annotations

import math
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENGAGEMENT = tuple(f"engaged_{i}" for i in range(4))
METRICS = ENGAGEMENT + tuple(f"metric_{i:02d}" for i in range(21))
STRATA = {"category": 8, "history": 3, "model": 3}
CHUNK = 1_000_000  # rows in memory at a time


def generate(path: Path, rows: int) -> None:
    """A table like `labeled_conversations`: 2.5 conversations a user, an outcome of about 2 %."""
    random = np.random.default_rng(1)
    share, effect = random.uniform(0.1, 0.9, len(METRICS)), random.normal(0, 0.3, len(METRICS))
    with duckdb.connect(str(path)) as connection:
        connection.execute("set enable_progress_bar = false")
        columns = ", ".join(f"{metric} boolean" for metric in METRICS)
        connection.execute(
            "create table labeled_conversations (conversation_id varchar, user_id varchar, "
            f"category varchar, history varchar, model varchar, judge_weight double, {columns}, "
            "hired boolean)"
        )
        for first in range(0, rows, CHUNK):
            n = min(CHUNK, rows - first)
            connection.register("part", _part(random, n, int(rows / 2.5), share, effect))
            connection.execute(
                "insert into labeled_conversations by name select 'c' || (number + ?) as "
                "conversation_id, printf('user-%08d', person) as user_id, 1 as judge_weight, "
                "* exclude (number, person) from part",
                [first],
            )


def _part(
    random: np.random.Generator, n: int, users: int, share: Floats, effect: Floats
) -> pl.DataFrame:
    """Flags are more frequent where the history is longer, 3 % of them are missing."""
    codes = {name: random.integers(0, size, n) for name, size in STRATA.items()}
    log_rate = math.log(0.012) + 0.1 * codes["category"] + 0.2 * codes["history"]
    flags = {}
    for metric, usual, strength in zip(METRICS, share, effect, strict=True):
        tilt = 0.09 if metric in ENGAGEMENT else 0.03
        flag = random.random(n) < usual + tilt * (codes["history"] - 1)
        log_rate += (strength + (metric in ENGAGEMENT) * 0.2) * (flag - usual)
        missing = pl.Series(random.random(n) < 0.03)
        flags[metric] = pl.Series(flag).set(missing, None)
    return pl.DataFrame(
        {
            "number": np.arange(n),
            "person": random.integers(0, users, n),
            **{name: pl.Series(code).cast(pl.String) for name, code in codes.items()},
            **flags,
            "hired": random.random(n) < np.exp(log_rate),
        }
    )
