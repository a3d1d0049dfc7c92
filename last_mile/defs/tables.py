"""How every table is declared to Dagster: its pool, partitions, owner, version, retries, schema.

A step that cannot succeed says so once; one that met something passing is tried again. Not here:
what an asset does, when a changed day is carried on (automation.py).
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from last_mile.adapters.sql_files import table_version
from last_mile.adapters.table_story import static_metadata
from last_mile.defs.automation import CARRY_CHANGED_DAYS
from last_mile.defs.held_back import fail_if_held_back
from last_mile.defs.held_logs import fail_if_logs_are_held
from last_mile.defs.judging import RUN_TAG
from last_mile.defs.partitions import DAILY
from last_mile.errors import PassingError, UserError

POOL = "warehouse"  # steps that hold the database file; one at a time (dagster.yaml)
JUDGE_POOL = "judge"  # the judge stage: it opens the file for moments and waits for hours
OWNER = "team:last_mile"
_TRIES, _PAUSE_S = 3, 30

Body = Callable[..., dg.MaterializeResult]
Declare = Callable[[Body], dg.AssetsDefinition]


def daily_table(
    group: str,
    deps: Iterable[Any],
    *,
    kinds: Iterable[str] = ("duckdb",),
    pool: str = POOL,
    is_root: bool = False,
    held_by: Iterable[Any] | None = None,
) -> Declare:
    """Declare a table with one partition per UTC day.

    Args:
        group: Its group in the UI.
        deps: Assets it is made from.
        kinds: What makes it.
        pool: Which limit of dagster.yaml it counts in.
        is_root: Days of it are requested by sensors, not carried on from other tables.
        held_by: Of `deps`, those whose failed blocking checks hold a day back; None: all.
    """
    condition = None if is_root else CARRY_CHANGED_DAYS
    made_from = list(deps)
    return functools.partial(
        _declare, group, made_from, kinds, pool,
        held_by=made_from if held_by is None else held_by,
        partitions_def=DAILY, automation_condition=condition,
    )  # fmt: skip


def history_table(
    group: str,
    deps: Iterable[Any] = (),
    *,
    kinds: Iterable[str] = ("duckdb",),
    fresh_within: timedelta | None = None,
) -> Declare:
    """Declare a table over all days at once; what it reads is in `deps`.

    Args:
        group: Its group in the UI.
        deps: Assets it is made from.
        kinds: What makes it.
        fresh_within: After this long without a new one the UI calls it stale.
    """
    policy = dg.FreshnessPolicy.time_window(fail_window=fresh_within) if fresh_within else None
    return functools.partial(_declare, group, deps, kinds, POOL, freshness_policy=policy)


def _declare(
    group: str,
    deps: Iterable[Any],
    kinds: Iterable[str],
    pool: str,
    body: Body,
    *,
    held_by: Iterable[Any] = (),
    **more: Any,
) -> dg.AssetsDefinition:
    holding = [dg.AssetDep.from_coercible(dep).asset_key.to_user_string() for dep in held_by]
    declared: dg.AssetsDefinition = dg.asset(
        deps=deps, group_name=group, kinds=set(kinds), pool=pool, owners=[OWNER],
        metadata=static_metadata(body.__name__), code_version=table_version(body.__name__), **more,
    )(_with_endings(body, holding))  # fmt: skip
    return declared


def _with_endings(body: Body, holding: Sequence[str]) -> Body:
    """The body with its errors as Dagster knows them: try again, or never."""

    @functools.wraps(body)
    def run(*args: Any, **given: Any) -> dg.MaterializeResult:
        try:
            if holding:
                fail_if_logs_are_held(args[0].instance, holding)
                fail_if_held_back(args[0], holding)
            return body(*args, **given)
        except PassingError as error:
            if RUN_TAG in dg.AssetExecutionContext.get().run.tags:
                raise _permanent(error) from error  # somebody is waiting, and can try again
            raise dg.RetryRequested(_TRIES, _PAUSE_S) from error
        except UserError as error:
            raise _permanent(error) from error

    return run


def _permanent(error: UserError) -> dg.Failure:
    told = {"tried_again": "no: it cannot succeed before this is mended"}
    return dg.Failure(str(error), metadata=told, allow_retries=False)
