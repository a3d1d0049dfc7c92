"""Runs expectations with Great Expectations over a frame; gives counts and row names, no values.

The only importer of great_expectations, and only when a check runs (its import takes seconds).
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from last_mile.core.expectation import Expectation

_EXAMPLES = 5
_SHOWN = ("column", "column_A", "column_B", "min_value", "max_value")


@dataclass(frozen=True, slots=True)
class Checked:
    """How one expectation ended."""

    expectation: str
    passed: bool
    broken: int | None  # rows that break it; None when it is not about rows
    examples: list[str]  # names of such rows


def check_frame(
    frame: pl.DataFrame, expectations: Sequence[Expectation], row_id: str
) -> list[Checked]:
    """Validate a frame.

    Args:
        frame: What is looked at; counts and keys, no conversation text.
        expectations: What must hold.
        row_id: Column whose values name failing rows.

    Returns:
        One result per expectation, in order.
    """
    suite = _gx().ExpectationSuite(
        name="stage", expectations=[_expectation(item) for item in expectations]
    )
    batch = _frames().get_batch(batch_parameters={"dataframe": frame.to_pandas()})
    result_format = {"result_format": "COMPLETE", "unexpected_index_column_names": [row_id]}
    results = batch.validate(suite, result_format=result_format).results
    return [_checked(result, row_id) for result in results]


def _checked(result: Any, row_id: str) -> Checked:
    config, detail = result.expectation_config, result.result or {}
    about = {key: config.kwargs[key] for key in _SHOWN if config.kwargs.get(key) is not None}
    named = detail.get("unexpected_index_list") or []
    return Checked(
        f"{config.type}({', '.join(f'{key}={value}' for key, value in about.items())})",
        bool(result.success),
        detail.get("unexpected_count"),
        [str(item[row_id]) for item in named[:_EXAMPLES]],  # the name; values stay behind
    )


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
