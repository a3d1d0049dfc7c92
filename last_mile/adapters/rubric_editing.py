"""Adds a metric to a rubric's file: its text goes in at the end of the list, all else stays.

Not here: where in a text that is (rubric_text.py), which metric (rubric_proposals.py).
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from last_mile.adapters.rubric_file import SHIPPED, rubric_of, rubric_path
from last_mile.adapters.rubric_text import CannotAppendError, appended
from last_mile.core.rubric import Metric, Rubric
from last_mile.errors import UserError

_NOTHING = "nothing was written"


class Added(NamedTuple):
    """Where a metric now stands.

    Attributes:
        path: The rubric's file.
        line: Of the metric's dash, 1-based.
        metric_id: Its id.
    """

    path: Path
    line: int
    metric_id: str


def add_metric(rubric: str | Path, entry: Mapping[str, Any], out: Path | None = None) -> Added:
    """Write one more metric into a rubric's file, or into a copy of it.

    The new text is validated before anything is written, and must differ by the metric only. The
    file is replaced whole, with its mode.

    Args:
        rubric: A rubric's file, or the name of a shipped one.
        entry: As `Proposal.metric` makes it.
        out: Where the copy goes; None: the rubric's own file.

    Raises:
        CannotAppendError: The list is written in a way that cannot safely be added to.
        UserError: The rubric has the metric or its id, or the file cannot be written; in all cases
            nothing is written.
    """
    path = rubric_path(rubric)
    target = _target(path, out)
    original, text = _read(path)
    before = rubric_of(text, path)
    metric = _new_metric(entry, before, path)
    changed, line = appended(text, entry, path)
    _require_only(changed, before, metric, path)
    _write(target, changed.encode(), None if out else original, path)
    return Added(out or path, line, metric.id)


def _target(path: Path, out: Path | None) -> Path:
    """The file that is written; a link is followed, so that it stays one."""
    if out is not None:
        if os.path.lexists(out):
            raise UserError(f"{out} exists, {_NOTHING}; give a new file with --out")
        if not out.absolute().parent.is_dir():
            raise UserError(f"{out}: there is no such folder, {_NOTHING}; make it, or change --out")
        return out.absolute()
    target = path.resolve()
    if target.is_relative_to(SHIPPED.resolve()):
        raise UserError(
            f"rubric {path.stem} is shipped with the package and is not changed, {_NOTHING}; "
            "write a copy of it with the metric: add --out my_rubric.yaml"
        )
    if not os.access(target, os.W_OK) or not target.stat().st_mode & 0o222:
        raise UserError(
            f"rubric {path} may not be written to, {_NOTHING}; change its permissions, or write a "
            "copy with --out my_rubric.yaml"
        )
    return target


def _read(path: Path) -> tuple[bytes, str]:
    try:
        original = path.read_bytes()
        return original, original.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"rubric {path}: cannot be read ({type(error).__name__})") from error


def _new_metric(entry: Mapping[str, Any], rubric: Rubric, path: Path) -> Metric:
    """The entry as a metric that the rubric does not have under any id."""
    try:
        metric = Metric.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        if "id" in first["loc"]:
            raise UserError(
                f"{entry['id']!r} can be no id of a metric, {_NOTHING}; give one with --id: a-z, "
                "0-9 and _, beginning with a letter, up to 63 characters"
            ) from error
        field = ".".join(map(str, first["loc"])) or "it"
        message = first["msg"].removeprefix("Value error, ")
        raise UserError(
            f"the metric is not valid, {_NOTHING}: {field}: {message}; --id gives another id"
        ) from error
    same = [other.id for other in rubric.heuristics if _asks(other) == _asks(metric)]
    if same:
        raise UserError(f"rubric {path} asks this already, as `{same[0]}`; {_NOTHING}")
    taken = {other.id for other in rubric.metrics} | {kind.id for kind in rubric.outcomes}
    if metric.id in taken:
        raise UserError(
            f"rubric {path} has a metric or an outcome `{metric.id}`, {_NOTHING}; give another id "
            "with --id"
        )
    return metric


def _asks(metric: Metric) -> tuple[str, dict[str, Any]]:
    """What decides a heuristic's answers; the part a rule reads by itself is the final output."""
    params = {"part": "final_output", **metric.params}
    return metric.rule or metric.id, params


def _require_only(changed: str, before: Rubric, metric: Metric, path: Path) -> None:
    """The changed text is the rubric as it was, with the metric as its last one."""
    try:
        after = rubric_of(changed, path)
    except UserError as error:
        raise UserError(f"with `{metric.id}` it would not be valid, {_NOTHING}: {error}") from error
    as_it_was = after.model_copy(update={"metrics": before.metrics})
    if after.metrics != (*before.metrics, metric) or as_it_was != before:
        raise CannotAppendError(path, "more than the metric would change")


def _write(target: Path, content: bytes, original: bytes | None, named: Path) -> None:
    """Put a file in its place whole, if it is still what was read."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with draft.open("xb") as file:
            if original is not None:
                _as_before(file.fileno(), target)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if original is not None and target.read_bytes() != original:
            raise UserError(f"rubric {named} was changed meanwhile, {_NOTHING}; run it again")
        draft.replace(target)
    except OSError as error:
        raise UserError(
            f"{target} cannot be written ({type(error).__name__}), {_NOTHING}; make room and look "
            "at the permissions of its folder, or write a copy elsewhere with --out"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _as_before(descriptor: int, target: Path) -> None:
    """Give a draft the owner and the mode of the file it replaces."""
    status = target.stat()
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # the file is in its place
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
