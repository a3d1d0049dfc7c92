"""A rubric's text with one more metric: where its list ends, how it is indented.

Not here: validating and writing the result (rubric_editing.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from last_mile.core.failure_modes import metric_yaml
from last_mile.errors import UserError

_ODD_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")  # ends a line for YAML, not for us


class CannotAppendError(UserError):
    """A list of metrics that cannot safely be added to; the entry has to be pasted.

    Attributes:
        flow: Whether the list is written in brackets, so that the entry is pasted as JSON.
    """

    def __init__(self, path: Path, why: str, *, flow: bool = False) -> None:
        super().__init__(
            f"rubric {path} cannot safely be added to ({why}), nothing was written; paste the "
            "entry above at the end of its `metrics`"
        )
        self.flow = flow


class _Place(NamedTuple):
    """Where a list ends.

    Attributes:
        at: Index of the first character behind it.
        indent: Spaces before its dashes.
        spaced: Whether blank lines stand between its items.
    """

    at: int
    indent: int
    spaced: bool


def entry_of(text: str) -> dict[str, Any]:
    """The metric of `failure_modes.proposal`: the one entry of a list in YAML.

    Raises:
        UserError: It is not that.
    """
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = None
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
        return found[0]
    raise UserError("the proposal in `failure_modes` cannot be read; run `last-mile run` again")


def appended(text: str, entry: Mapping[str, Any], path: Path) -> tuple[str, int]:
    """The text of a valid rubric with a metric behind its last one.

    Args:
        text: YAML that loads as a rubric.
        entry: As `Proposal.metric` makes it.
        path: For the errors.

    Returns:
        The text, in which every character of before stands in its order, and the line (1-based) of
        the metric's dash.

    Raises:
        CannotAppendError: The list is no block of lines that begin with dashes.
    """
    if _ODD_BREAK.search(text):
        raise CannotAppendError(path, "its lines end in an unusual way")
    place = _place(text, path)
    before = text[: place.at]
    last = text.rfind("\n", 0, place.at)
    newline = "\r\n" if last > 0 and text[last - 1] == "\r" else "\n"
    lead = "" if before.endswith("\n") else newline
    lead += newline if place.spaced else ""
    said = metric_yaml(entry, place.indent).replace("\n", newline)
    line = (before + lead).count("\n") + 1
    return before + lead + said + text[place.at :], line


def _place(text: str, path: Path) -> _Place:
    key, metrics = _metrics(text, path)
    if metrics.flow_style:
        raise CannotAppendError(path, "its list is written in brackets", flow=True)
    start, end = key.end_mark.index, metrics.end_mark.index
    inside = [t for t in yaml.scan(text, yaml.SafeLoader) if start < t.start_mark.index < end]
    dashes = [t.start_mark for t in inside if isinstance(t, yaml.BlockEntryToken)]
    if not dashes:  # it stands above
        raise CannotAppendError(path, "its list is an alias")
    indent = dashes[0].column
    own = [mark.index for mark in dashes if mark.column == indent]
    if any(text[i - indent : i].strip(" ") for i in own):
        raise CannotAppendError(path, "something stands before its dashes")
    at = _behind(text, inside[-1].end_mark.index, indent)
    return _Place(at, indent, len(own) > 1 and _blank_above(text[: own[-1]].splitlines()))


def _metrics(text: str, path: Path) -> tuple[yaml.Node, yaml.SequenceNode]:
    """The key `metrics` and its list."""
    root = yaml.compose(text, yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise CannotAppendError(path, "it is written in braces", flow=True)
    for key, value in root.value:
        if key.value == "metrics" and isinstance(value, yaml.SequenceNode):
            return key, value
    raise CannotAppendError(path, "it has no list of metrics of its own")


def _behind(text: str, end: int, indent: int) -> int:
    """Behind the last line of what ends there, and the comments indented as a part of it."""
    if text[end - 1 : end] != "\n":  # a block of text ends where the next line begins
        line_end = text.find("\n", end)
        end = len(text) if line_end < 0 else line_end + 1
    comment = re.compile(rf"(?:[ \t]*\r?\n)*[ ]{{{indent + 1},}}#[^\n]*(?:\n|\Z)")
    while found := comment.match(text, end):
        end = found.end()
    return end


def _blank_above(lines: Sequence[str]) -> bool:
    """Whether a blank line stands above the last line, comments apart."""
    above = (line for line in reversed(lines[:-1]) if not line.lstrip().startswith("#"))
    return not next(above, "#").strip()
