"""What the command line says of an error that nothing else caught: one sentence, no traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from last_mile.cli import cli, main

Said = Callable[[Exception], str]


def _came_of(cause: Exception) -> Exception:
    """An error as Dagster raises it while it handles another one."""
    try:
        try:
            raise cause
        except Exception:
            raise RuntimeError("the run could not be ended")  # noqa: B904
    except RuntimeError as error:
        return error


@pytest.fixture
def said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Said:
    """The last line of `last-mile fails`, which raises an error."""

    def of(error: Exception) -> str:
        @click.command("fails")
        def fails() -> None:
            raise error

        monkeypatch.setitem(cli.commands, "fails", fails)
        monkeypatch.setattr(sys, "argv", ["last-mile", "fails"])
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        told = capsys.readouterr()
        assert told.out == ""
        return told.err

    return of


@pytest.mark.parametrize(
    "cause",
    [
        pytest.param(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), id="Python"),
        pytest.param(OSError(errno.ENOSPC, "words of a library"), id="by its number"),
        pytest.param(sqlite3.OperationalError("database or disk is full"), id="SQLite"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_full_disk_is_named_whatever_came_of_it(
    cause: Exception, wrapped: bool, said: Said
) -> None:
    told = said(_came_of(cause) if wrapped else cause)
    assert told.count("\n") == 1
    assert "no space left on the disk;" in told


def test_a_disk_that_sqlite_cannot_write_to_may_be_full_or_fail(said: Said) -> None:
    told = said(_came_of(sqlite3.OperationalError("disk I/O error")))
    assert told.count("\n") == 1
    assert "no space left on the disk, or it fails;" in told


def test_any_other_error_is_named_and_its_traceback_kept_in_a_file(
    said: Said, tmp_path: Path
) -> None:
    told = said(_came_of(KeyError("x")))
    log = tmp_path / "last-mile-error.log"
    assert told == f"Error: unexpected RuntimeError; please report it with {log}\n"
    assert "the run could not be ended" in log.read_text("utf-8")
