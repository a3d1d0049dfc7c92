"""`make bench-evidence`: lifts of 25 metrics from counts, beside pandas and statsmodels by row.

All in one run: read the ratios. Not a test: it asserts nothing. `--rows 10000000`: ours alone.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import resource
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import click
import duckdb
import numpy as np
import pandas as pd
import statsmodels.api as sm  # type: ignore[import-untyped]
from numpy.typing import NDArray
from statsmodels.stats.contingency_tables import (  # type: ignore[import-untyped]
    StratifiedTable,
)

from last_mile.core.stats import (
    clustered_rows,
    fit_adjusted,
    flag_codes,
    mantel_haenszel,
    relative_risk,
    with_error,
)
from last_mile_tests.bench_lift import whole
from last_mile_tests.bench_table import METRICS, STRATA, generate

Figures = list[tuple[float, ...]]  # of every metric
Result = TypeVar("Result")

ROWS_WITH_REFERENCE = 1_000_000
STRATIFIED_MEASURED, GLM_MEASURED = 3, 1  # metrics a reference is run for; the rest is multiplied

# The shape of sql/stat_cells.sql and sql/reads/clustered_rows.sql.
CELLS = f"""select {", ".join(STRATA)}, hash({", ".join(STRATA)}) as stratum, hired, {{sums}}
from labeled_conversations
where hired is not null
group by all
order by stratum"""
SUMS = "count({0}) as {0}__n, sum({0}::integer)::bigint as {0}__n1"
PEOPLE = f"""select
    if(user_id is null, hash(conversation_id, 'nobody'), hash(user_id)) as "user",
    hash({", ".join(STRATA)}) as stratum,
    judge_weight as weight,
    hired as event,
    {", ".join(METRICS)}
from labeled_conversations
where hired is not null"""


def main() -> None:
    """Run the benchmark and print one line per comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS_WITH_REFERENCE)
    rows = parser.parse_args().rows
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evidence.duckdb"
        # in a process of its own: its memory is not what is measured
        maker = multiprocessing.get_context("spawn").Process(target=generate, args=(path, rows))
        maker.start()
        maker.join()
        if maker.exitcode:
            raise SystemExit("the table could not be made; what stopped it stands above")
        click.echo(f"{rows:,} conversations x {len(METRICS)} metrics, strata of {STRATA}")
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("set memory_limit = '3GB'; set enable_progress_bar = false")
            if rows > ROWS_WITH_REFERENCE:
                alone(connection)
            else:
                beside_references(connection)
        whole(Path(folder) / "home", path)


def alone(connection: duckdb.DuckDBPyConnection) -> None:
    """Print seconds and peak memory of ours."""
    _, crude = timed(lambda: unadjusted(connection))
    _, clustered = timed(lambda: adjusted(connection))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    click.echo(f"unadjusted + Mantel-Haenszel      {crude:7.2f} s")
    click.echo(f"adjusted, clustered by user       {clustered:7.2f} s")
    click.echo(f"both                              {crude + clustered:7.2f} s")
    click.echo(f"peak memory                       {peak:7.2f} GB (this process)")


def beside_references(connection: duckdb.DuckDBPyConnection) -> None:
    """Print ratios and how far the figures are apart; references start with rows in memory."""
    frame = connection.execute("from labeled_conversations").df()
    frame = frame.astype(dict.fromkeys(STRATA, "category"))  # the references are faster on it
    unadjusted(connection)  # the file is in memory then too
    ours, seconds = middle_of_three(lambda: unadjusted(connection))
    theirs, theirs_s = timed(lambda: stratified(frame, METRICS[:STRATIFIED_MEASURED]))
    compare(
        "unadjusted + Mantel-Haenszel", "pandas + StratifiedTable", seconds, theirs_s,
        STRATIFIED_MEASURED,
    )  # fmt: skip
    click.echo(f"  figures differ by {apart(ours, theirs):.0e} at most")
    fits, seconds = middle_of_three(lambda: adjusted(connection))
    reference, theirs_s = timed(lambda: poisson_by_row(frame, METRICS[:GLM_MEASURED]))
    compare("adjusted, clustered by user", "statsmodels GLM", seconds, theirs_s, GLM_MEASURED)
    click.echo(f"  figures differ by {apart(fits, reference):.0e} at most")


def compare(what: str, reference: str, ours: float, theirs: float, measured: int) -> None:
    """Print a ratio; the reference's seconds are of `measured` metrics, scaled to all."""
    scaled = theirs / measured * len(METRICS)
    click.echo(
        f"{what}: {ours:.2f} s against {scaled:.1f} s of {reference} by row "
        f"({measured} measured, scaled to {len(METRICS)}): {scaled / ours:,.0f} x"
    )


def timed(call: Callable[[], Result]) -> tuple[Result, float]:
    """A result and the seconds it took."""
    started = time.perf_counter()
    return call(), time.perf_counter() - started


def middle_of_three(call: Callable[[], Result]) -> tuple[Result, float]:
    """A result and the middle of three times."""
    runs = [timed(call) for _ in range(3)]
    return runs[0][0], statistics.median(seconds for _, seconds in runs)


def apart(ours: Figures, theirs: Figures) -> float:
    """Largest relative difference of figures, over the metrics the reference was run for."""
    return float(
        max(np.abs(np.subtract(a, b) / b).max() for a, b in zip(ours, theirs, strict=False))
    )


class Cells(NamedTuple):
    """Counts by stratum, in the order of the strata's keys."""

    keys: NDArray[np.uint64]
    codes: dict[str, NDArray[np.int64]]  # value of every stratum
    n: NDArray[np.int64]  # [strata, metrics, 2 (flag)]
    events: NDArray[np.int64]


def read_cells(connection: duckdb.DuckDBPyConnection) -> Cells:
    """Counts of all metrics."""
    frame = connection.sql(CELLS.format(sums=", ".join(map(SUMS.format, METRICS)))).pl()
    keys, first, stratum = np.unique(
        frame["stratum"].to_numpy(), return_index=True, return_inverse=True
    )
    known = frame.select(f"{metric}__n" for metric in METRICS).to_numpy()
    with_flag = frame.select(f"{metric}__n1" for metric in METRICS).to_numpy()
    counts = np.stack([known - with_flag, with_flag], axis=2)
    n, events = np.zeros((2, len(keys), *counts.shape[1:]), np.int64)
    hired = frame["hired"].to_numpy()
    np.add.at(n, stratum, counts)
    np.add.at(events, stratum[hired], counts[hired])
    values = {name: frame[name].to_numpy()[first] for name in STRATA}
    codes = {name: np.unique(value, return_inverse=True)[1] for name, value in values.items()}
    return Cells(keys, codes, n, events)


def unadjusted(connection: duckdb.DuckDBPyConnection) -> Figures:
    """Relative risk and the one common to all strata, of every metric."""
    cells, found = read_cells(connection), Figures()
    for i in range(len(METRICS)):
        n, events = cells.n[:, i], cells.events[:, i]
        (n0, n1), (events0, events1) = n.sum(axis=0).tolist(), events.sum(axis=0).tolist()
        crude = relative_risk(events1, n1, events0, n0)
        pooled = mantel_haenszel(n[:, 1], events[:, 1], n[:, 0], events[:, 0])
        found.append((crude.rr or math.nan, pooled.rr or math.nan))
    return found


def adjusted(connection: duckdb.DuckDBPyConnection) -> Figures:
    """Adjusted relative risk and its interval clustered by user, of every metric."""
    cells, people = read_cells(connection), connection.sql(PEOPLE).pl()
    rows = clustered_rows(people, cells.keys)

    def one(i: int) -> tuple[float, ...]:
        fit = fit_adjusted(cells.codes, cells.n[:, i], cells.events[:, i])
        flag = flag_codes(people[METRICS[i]])
        variance, _ = rows.variance(fit.influence, flag, parameters=fit.parameters)
        fit = with_error(fit, variance)
        return fit.rr or math.nan, fit.low or math.nan, fit.high or math.nan

    with ThreadPoolExecutor() as pool:  # as core/lift/adjusted.py does
        return list(pool.map(one, range(len(METRICS))))


def stratified(frame: pd.DataFrame, metrics: Sequence[str]) -> Figures:
    """The same two figures by pandas crosstab and StratifiedTable."""
    found = Figures()
    for metric in metrics:
        known = frame[[*STRATA, metric, "hired"]].dropna()
        flag = known[metric].astype(bool)
        table = pd.crosstab(flag, known["hired"]).to_numpy()
        rates = table[:, 1] / table.sum(axis=1)
        counts = pd.crosstab([known[name] for name in STRATA], [flag, known["hired"]])
        tables = [row.reshape(2, 2)[::-1, ::-1].astype(float) for row in counts.to_numpy()]
        found.append((rates[1] / rates[0], StratifiedTable(tables).riskratio_pooled))
    return found


def poisson_by_row(frame: pd.DataFrame, metrics: Sequence[str]) -> Figures:
    """The same three figures by a Poisson GLM with a sandwich clustered by user."""
    found = Figures()
    for metric in metrics:
        known = frame[[*STRATA, metric, "hired", "user_id"]].dropna()
        columns = pd.get_dummies(known[list(STRATA)], drop_first=True, dtype=float)
        columns.insert(0, "one", 1.0)
        columns[metric] = known[metric].astype(float)
        model = sm.GLM(known["hired"].astype(float), columns, sm.families.Poisson())
        groups = pd.factorize(known["user_id"])[0]
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
        found.append(tuple(np.exp([fit.params[metric], *fit.conf_int().loc[metric]])))
    return found


if __name__ == "__main__":
    main()
