"""Runs expectations with Great Expectations over a frame; gives counts and row names, no values.

The only importer of great_expectations, and only when a check runs (its import takes seconds).
Not here: what a check reads (suites.py).
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Sequence
from typing import Any

import polars as pl
import polars.selectors as cs

from last_mile.core.expectation import Checked, Expectation
from last_mile.core.expectation.results import EXAMPLES, name_of

_IDS = "__ids"  # ends the column that names some of what another one counts


def check_frame(
    frame: pl.DataFrame,
    expectations: Sequence[Expectation],
    row_id: str,
    counts: str | None = None,
) -> list[Checked]:
    """Validate a frame.

    Args:
        frame: What is looked at; counts and keys, no conversation text. `<column>__ids` names some
            of the things that a row counts in `<column>`.
        expectations: What must hold.
        row_id: Column whose values name rows.
        counts: Column with the number of things a row sums up; None: a row is one thing.

    Returns:
        One result per expectation, in order.
    """
    looked_at = frame.height if counts is None else int(frame[counts].sum() or 0)
    batch = _frames().get_batch(
        batch_parameters={"dataframe": frame.select(~cs.ends_with(_IDS)).to_pandas()}
    )
    # Only whether they hold costs half as much, and mostly they do.
    held = [result.success for result in _results(batch, expectations, "BOOLEAN_ONLY")]
    broken = [item for item, success in zip(expectations, held, strict=True) if not success]
    told = iter(_results(batch, broken, "COMPLETE") if broken else ())
    return [
        Checked(item.words, True, looked_at, 0, [], item.of)
        if success
        else _broken(item, next(told).result or {}, frame, row_id, looked_at)
        for item, success in zip(expectations, held, strict=True)
    ]


def _broken(
    item: Expectation, detail: dict[str, Any], frame: pl.DataFrame, row_id: str, looked_at: int
) -> Checked:
    places = detail.get("unexpected_index_list")
    if places is None:  # nothing was looked at: the column is not there
        return Checked(item.words, False, looked_at, None, [], item.of)
    rows = frame[places]
    column = str(item.arguments.get("column") or item.arguments["column_A"])
    names = _names(rows, row_id, f"{column}{_IDS}", alone=frame.height == 1)
    if item.of:
        return Checked(item.words, False, looked_at, int(rows[column].sum()), names, item.of)
    return Checked(item.words, False, frame.height, rows.height, names)


def _names(rows: pl.DataFrame, row_id: str, ids: str, *, alone: bool) -> list[str]:
    """Names of rows, or of the things they count: after the row's name, where there are others."""
    names = list[str]()
    for row in rows.iter_rows(named=True):
        row_name, things = name_of(row[row_id]), row.get(ids) or ()
        names += [
            name_of(it) if alone or str(it).startswith(row_name) else f"{row_name}: {name_of(it)}"
            for it in things
        ]
        names += () if things else [row_name]
    return list(dict.fromkeys(names))[:EXAMPLES]


def _results(batch: Any, expectations: Sequence[Expectation], result_format: str) -> Any:
    suite = _gx().ExpectationSuite(
        name="stage", expectations=[_expectation(item) for item in expectations]
    )
    return batch.validate(suite, result_format={"result_format": result_format}).results


def _expectation(item: Expectation) -> Any:
    camel = "".join(part.title() for part in item.name.split("_"))
    return getattr(_gx().expectations, camel)(**item.arguments)


@functools.cache
def _gx() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations  # noqa: PLC0415

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return great_expectations


@functools.cache
def _frames() -> Any:
    """One batch definition for all frames, in an ephemeral context without progress bars."""
    context = _gx().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("frames")
    asset = source.add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")
