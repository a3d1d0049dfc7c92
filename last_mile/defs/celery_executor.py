"""Dagster's Celery executor, that also ends a run one of whose steps ended without saying how.

Its loop stops handing out steps once a task raised (its worker's process was killed), and waits for
those it does not hand out, for ever and without a pause. Not here: settings (executor.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
from celery.exceptions import TaskRevokedError
from celery.result import AsyncResult
from dagster._core.execution.retries import RetryMode
from dagster_celery.core_execution_loop import core_celery_execution_loop
from dagster_celery.executor import CELERY_CONFIG, CeleryExecutor, _submit_task


class _StepResult:
    """What a step's task came to; nothing, where it raised: the run then fails at its end."""

    def __init__(self, task: AsyncResult, plan_context: Any, step: Any) -> None:
        self._task, self._context, self._step = task, plan_context, step

    def ready(self) -> bool:
        """Whether the task has ended."""
        return bool(self._task.ready())

    def revoke(self) -> None:
        """Take the task back, unless a worker has it."""
        self._task.revoke()

    def get(self) -> list[str]:
        """The events of the step."""
        try:
            events: list[str] = self._task.get()
        except TaskRevokedError:
            raise
        except Exception as error:
            why = f"its task ended with {type(error).__name__}; the log of its worker says more"
            self._context.for_step(self._step).log.error(f"Step {self._step.key}: {why}")
            return []
        return events


class _EndingCeleryExecutor(CeleryExecutor):
    """As it is, over results that do not raise."""

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Execute a run's steps."""
        events: Iterator[dg.DagsterEvent] = core_celery_execution_loop(
            plan_context, execution_plan, step_execution_fn=_submit
        )
        return events


@dg.executor(
    name="celery",
    config_schema=CELERY_CONFIG,
    requirements=dg.multiple_process_executor_requirements(),
)
def celery_executor(init_context: dg.InitExecutorContext) -> dg.Executor:
    """The executor with the configuration of Dagster's own."""
    given: Any = init_context.executor_config
    known = {key: given.get(key) for key in ("broker", "backend", "include", "config_source")}
    return _EndingCeleryExecutor(RetryMode.from_config(given["retries"]), **known)


def _submit(app: Any, plan_context: Any, step: Any, *more: Any) -> _StepResult:
    return _StepResult(_submit_task(app, plan_context, step, *more), plan_context, step)
