"""Work on several cores: processes that end with their parent, and say so when one is killed.

Not here: the work (drop_reading/workers.py, training_source.py, releases/examining.py).
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from last_mile.errors import UserError


@contextmanager
def worker_pool(
    workers: int, what: str, begin: Callable[..., None] | None = None, *given: Any
) -> Iterator[ProcessPoolExecutor]:
    """Worker processes for as long as the context lasts.

    Args:
        workers: How many.
        what: What they do, for the message: `read drop files`.
        begin: Called once in each worker, with what is given.
        given: Arguments of `begin`.

    Raises:
        UserError: A worker was killed.
    """
    context = multiprocessing.get_context("spawn")  # a fork would copy locks of running threads
    try:
        with ProcessPoolExecutor(workers, context, _begin, (begin, *given)) as pool:
            try:
                yield pool
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    except BrokenProcessPool as error:
        raise UserError(
            f"a worker that {what} was killed, perhaps for want of memory; run it again"
        ) from error


def cores() -> int:
    """Cores that work may be spread over."""
    return os.cpu_count() or 1


def _begin(begin: Callable[..., None] | None, *given: Any) -> None:
    """A worker whose parent was killed ends too, instead of waiting for work for ever."""
    gc.set_threshold(200_000)  # a batch of rows is a hundred thousand objects without a cycle
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_exit, args=(parent,), daemon=True).start()
    if begin is not None:
        begin(*given)


def _wait_and_exit(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
