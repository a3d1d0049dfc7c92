"""The app of Celery workers: `celery -A last_mile.defs.celery_app worker`.

Set as the executor of runs is, so that both use the same broker. Dagster's own `dagster-celery
worker start` writes the broker's address, password too, to a new file at each start.
"""

from __future__ import annotations

import os
from functools import cache
from multiprocessing import current_process
from multiprocessing.process import AuthenticationString  # type: ignore[attr-defined]
from typing import Any

from celery import Celery
from celery.signals import worker_process_init
from dagster_celery.executor import CeleryExecutor
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task, create_resume_job_task, create_task

from last_mile.defs.executor import celery_settings


def __getattr__(name: str) -> Any:
    """`app`, made when a worker asks for it: importing reads no environment."""
    if name == "app":
        return _app()
    raise AttributeError(name)


@cache
def _app() -> Celery:
    settings = celery_settings(os.environ)
    addresses = {key: os.environ[settings[key]] for key in ("broker", "backend")}
    made = make_app(CeleryExecutor.for_cli(**{**settings, **addresses}).app_args())
    for create in (create_task, create_execute_job_task, create_resume_job_task):
        create(made)
    worker_process_init.connect(_may_have_children)
    return made


def _may_have_children(**_given: Any) -> None:
    """Steps read files in several processes, which Python refuses to begin in those of Celery.

    They are daemons, and the key they hand down is of a kind that only Celery's own may have.
    """
    known = current_process()._config  # type: ignore[attr-defined]
    known.update(daemon=False, authkey=AuthenticationString(known["authkey"]))
