"""How a step that failed ends: once more where it met something passing, else told and done.

Not here: what is passing (the adapters raise PassingError).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from last_mile.defs.judging import RUN_TAG
from last_mile.errors import PassingError, UserError

_TRIES, _PAUSE_S = 3, 30


@contextmanager
def endings() -> Iterator[None]:
    """Errors of an asset or a check as Dagster knows them: try again, or never.

    Raises:
        dagster.RetryRequested: It met something passing, and nobody is waiting.
        dagster.Failure: It cannot succeed, or somebody is waiting who can try again.
    """
    try:
        yield
    except PassingError as error:
        if RUN_TAG in dg.OpExecutionContext.get().run.tags:
            raise _permanent(error) from error
        raise dg.RetryRequested(_TRIES, _PAUSE_S) from error
    except UserError as error:
        raise _permanent(error) from error


def _permanent(error: UserError) -> dg.Failure:
    told = {"tried_again": "no: it cannot succeed before this is mended"}
    return dg.Failure(str(error), metadata=told, allow_retries=False)
