"""Times the whole pipeline on a demo world: seconds per stage, conversations per second, memory.

`make bench`. Not a test: it asserts nothing. The reference measured in the same run is the demo's
own generation and a plain `json.loads` pass over the same files.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path

import click

from last_mile.adapters.installation import Installation, Settings
from last_mile.demo.drops import write_drops
from last_mile.run import instance_of, run_everything


def main() -> None:
    """Run the benchmark and print one line per stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        _bench(Path(folder), options.conversations, options.days)


def _bench(folder: Path, conversations: int, days: int) -> None:
    drops, started = folder / "drops", time.perf_counter()
    write_drops(drops, conversations, days, 1, "confounded")
    generated = time.perf_counter() - started
    started = time.perf_counter()
    lines = sum(_parsed(file) for file in sorted(drops.glob("conversations*")))
    reference = time.perf_counter() - started

    installation = Installation.at(folder / "home")
    installation.save(Settings(drops=str(drops)))
    started = time.perf_counter()
    summary = run_everything(installation)
    total = time.perf_counter() - started

    click.echo(f"{lines:,} conversations x 25 flags, {days} days, judge: rules")
    for stage, seconds in sorted(_stages(installation).items(), key=lambda item: -item[1]):
        click.echo(f"  {stage:<24} {seconds:8.1f} s  {seconds / total:6.1%}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    click.echo(f"drops to report          {total:8.1f} s  {lines / total:,.0f} conversations/s")
    click.echo(f"  as a ratio: {total / reference:.1f} x json.loads over the same files")
    click.echo(f"  as a ratio: {total / generated:.1f} x generating and writing the same files")
    click.echo(f"peak memory              {peak:8.2f} GB (this process)")
    click.echo(f"runs that stopped        {len(summary.failures):8d}")


def _parsed(file: Path) -> int:
    with gzip.open(file) as stream:
        return sum(1 for line in stream if json.loads(line))


def _stages(installation: Installation) -> dict[str, float]:
    """Seconds per step (asset or check) over all runs, from Dagster's own step statistics."""
    seconds: dict[str, float] = defaultdict(float)
    with instance_of(installation) as instance:
        for run in instance.get_runs():
            statistics = instance.get_run_step_stats(run.run_id)
            for step in statistics:
                if step.start_time and step.end_time:
                    seconds[step.step_key] += step.end_time - step.start_time
            record = instance.get_run_record_by_id(run.run_id)
            if record and record.start_time and record.end_time:
                steps = sum((s.end_time or 0) - (s.start_time or 0) for s in statistics)
                seconds["(dagster, between steps)"] += record.end_time - record.start_time - steps
    return seconds


if __name__ == "__main__":
    main()
