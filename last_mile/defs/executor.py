"""Where the steps of runs are executed: in the run's process, by Celery workers, in pods.

Not here: where runs are launched and how many at once (dagster.yaml), and the command line, whose
runs are always executed on its own machine (run/).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import dagster as dg

from last_mile.errors import UserError

EXECUTOR = "LAST_MILE_EXECUTOR"
BROKER = "LAST_MILE_BROKER"
REDIS = "LAST_MILE_REDIS"
_IN_PROCESS, _CELERY, _K8S = "in_process", "celery", "k8s"
_KNOWN = (_IN_PROCESS, _CELERY, _K8S)
_LONGEST_STEP_S = 86_400  # Redis delivers a task again that was not acknowledged for so long


def executor_from(environment: Mapping[str, str]) -> dg.ExecutorDefinition:
    """The executor that the environment asks for.

    Args:
        environment: `LAST_MILE_EXECUTOR` and, for Celery, what `celery_settings` reads.

    Raises:
        UserError: It names no executor, what it needs is not set, or its package is not installed.
    """
    name = environment.get(EXECUTOR) or _IN_PROCESS
    if name not in _KNOWN:
        raise UserError(f"{EXECUTOR}={name} names no executor; known: {', '.join(_KNOWN)}")
    if name == _CELERY:
        settings = celery_settings(environment)
        told = {key: {"env": settings[key]} for key in ("broker", "backend")}
        from last_mile.defs.celery_executor import celery_executor  # noqa: PLC0415 - an extra

        return celery_executor.configured({**settings, **told}, name=_CELERY)
    if name == _K8S:
        in_pods: dg.ExecutorDefinition = required("dagster_k8s", _K8S).k8s_job_executor
        return in_pods
    return dg.in_process_executor  # a Python per step costs more than most steps


def celery_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """What runs and workers have to agree on: variables with the addresses, and Celery's settings.

    Args:
        environment: `LAST_MILE_BROKER`, else `LAST_MILE_REDIS`, is the broker; results are kept in
            the latter, else in the former.

    Returns:
        `broker` and `backend`, names of variables, as addresses may hold passwords, and
        `config_source`, new settings of Celery.

    Raises:
        UserError: Neither is set, or results would be kept in something else than Redis.
    """
    found = [name for name in (BROKER, REDIS) if environment.get(name)]
    if not found:
        raise UserError(
            f"{EXECUTOR}={_CELERY} needs a broker: set {REDIS}=redis://HOST:6379/0 (or {BROKER})"
        )
    broker, backend = found[0], found[-1]
    if not environment[backend].startswith(("redis://", "rediss://")):
        raise UserError(
            f"results of steps are kept in Redis, and {backend} is no redis:// address; "
            f"set {REDIS}=redis://HOST:6379/0 beside {BROKER}"
        )
    known: Mapping[str, Any] = required("dagster_celery.defaults", _CELERY).broker_transport_options
    config_source = {
        "broker_transport_options": {**known, "visibility_timeout": _LONGEST_STEP_S},
        "broker_connection_retry_on_startup": True,
        # Else a worker takes one task more than it works at, which waits while others are idle.
        "worker_disable_prefetch": True,
    }
    return {"broker": broker, "backend": backend, "config_source": config_source}


def required(module: str, extra: str) -> ModuleType:
    """A module of an extra.

    Raises:
        UserError: The extra is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise UserError(
            f"{EXECUTOR}={extra} needs the extra `{extra}`: pip install 'last-mile[{extra}]'"
        ) from error
