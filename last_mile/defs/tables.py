"""How every table is declared to Dagster: its pool, partitions, owner, version, endings, schema.

Not here: what an asset does, when a changed day is carried on (automation.py).
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from last_mile.adapters.sql_files import table_version
from last_mile.adapters.table_story import static_metadata
from last_mile.defs.automation import CARRY_CHANGED_DAYS
from last_mile.defs.endings import endings
from last_mile.defs.held_back import fail_if_held_back
from last_mile.defs.held_logs import fail_if_logs_are_held
from last_mile.defs.partitions import DAILY

POOL = "warehouse"  # runs that open the database; how many at once says dagster.yaml
JUDGE_POOL = "judge"  # the judge stage: it opens the file for moments and waits for hours
OWNER = "team:last_mile"

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
    held_by: Iterable[Any] = (),
) -> Declare:
    """Declare a table over all days at once; what it reads is in `deps`.

    Args:
        group: Its group in the UI.
        deps: Assets it is made from.
        kinds: What makes it.
        fresh_within: After this long without a new one the UI calls it stale.
        held_by: Tables of which a failed blocking check, of any day, holds all of it back.
    """
    policy = dg.FreshnessPolicy.time_window(fail_window=fresh_within) if fresh_within else None
    return functools.partial(
        _declare, group, deps, kinds, POOL, held_by=held_by, freshness_policy=policy
    )


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
    """The body, behind what holds it back, with its errors as Dagster knows them."""

    @functools.wraps(body)
    def run(*args: Any, **given: Any) -> dg.MaterializeResult:
        with endings():
            if holding:
                context = dg.AssetExecutionContext.get()
                fail_if_logs_are_held(context.instance, holding)
                fail_if_held_back(context, holding)
            return body(*args, **given)

    return run
