"""`last-mile …`: reads options, shows progress and the end. Thin: no decision is made here.

Not here: the commands (commands.py, judge.py), what a run does (run/).
"""

from __future__ import annotations

import errno
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

import click

from last_mile.cli.backup import backup, restore
from last_mile.cli.checks import checks
from last_mile.cli.commands import cli
from last_mile.cli.doctor import doctor
from last_mile.cli.erase import erase
from last_mile.cli.export import export
from last_mile.cli.judge import judge
from last_mile.cli.labels import labels
from last_mile.cli.migrate import migrate
from last_mile.cli.releases import releases
from last_mile.cli.rubric import rubric
from last_mile.errors import UserError

__all__ = ["cli", "main"]

_FULL = (
    "Error: no space left on the disk; make room (64 MiB always stay free) and run the same "
    "command again: what was built is kept"
)
_REFUSES = (
    "Error: no space left on the disk, or it fails; make room and run the same command again: what "
    "was built is kept"
)


def main() -> None:
    """Entry point: every error is one sentence and a non-zero exit status."""
    interrupted = "Interrupted. What was built is kept; run the same command to go on."
    warnings.filterwarnings("ignore")
    for command in (
        judge,
        labels,
        releases,
        rubric,
        export,
        erase,
        backup,
        restore,
        checks,
        doctor,
        migrate,
    ):
        cli.add_command(command)
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _stop(interrupted, 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UserError as error:
        _stop(f"Error: {error}", 1)
    except Exception as error:  # the last line of defence: a sentence, the rest in a file
        _stop(_sentence(error), 1)
    except BaseException as error:  # Dagster turns Ctrl-C inside a step into one of its own
        if type(error).__name__ != "DagsterExecutionInterruptedError":
            raise
        _stop(interrupted, 130)


def _sentence(error: Exception) -> str:
    """What is said of an error that nothing else caught."""
    for sentence, is_meant in ((_FULL, _is_full), (_REFUSES, _is_refused)):
        if any(is_meant(cause) for cause in _causes(error)):
            return sentence
    return f"Error: unexpected {type(error).__name__}; please report it{_logged()}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and the ones it came of."""
    seen = set[int]()  # Dagster's errors can be each other's context
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_full(error: BaseException) -> bool:
    """Whether a disk was full: DuckDB, SQLite and Python say so each in their way."""
    said = str(error).lower()
    full = "no space left on device" in said or "disk is full" in said
    return full or getattr(error, "errno", None) == errno.ENOSPC


def _is_refused(error: BaseException) -> bool:
    """Whether SQLite could not write, which it says of a full disk as of a broken one."""
    return "disk i/o error" in str(error).lower()


def _logged() -> str:
    """Write the traceback beside the caller, if that can be written to."""
    log = Path("last-mile-error.log").absolute()
    try:
        log.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return ""
    return f" with {log}"


def _stop(sentence: str, status: int) -> None:
    click.echo(sentence, err=True)
    sys.exit(status)
