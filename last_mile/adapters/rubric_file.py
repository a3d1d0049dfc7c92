"""Reads a rubric from YAML; every error names the file, the line and the fix.

Not here: what a rubric means (core/rubric.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from last_mile.core.rubric import Rubric
from last_mile.errors import UserError

SHIPPED = Path(__file__).parent.parent / "rubrics"


def load_rubric(name_or_path: str | Path) -> Rubric:
    """Read and validate a rubric.

    Args:
        name_or_path: A YAML file, or the name of a shipped rubric (`proposals`).

    Returns:
        The validated rubric.

    Raises:
        UserError: The file cannot be read or is not a valid rubric; names file, line and fix.
    """
    path = rubric_path(name_or_path)
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _load(path: Path, _modified_ns: int) -> Rubric:
    """The rubric of a file in the state of its modification time."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"rubric {path}: cannot be read ({type(error).__name__})") from error
    return rubric_of(text, path)


def rubric_of(text: str, path: Path) -> Rubric:
    """Validate the text of a rubric.

    Args:
        text: YAML.
        path: The file it is of, or will be; named in errors.

    Raises:
        UserError: It is not a valid rubric; names file, line and fix.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "somewhere"
        raise UserError(
            f"rubric {path}, {where}: not valid YAML; check the indentation, and quote texts that "
            "hold a colon, # or ["
        ) from error
    for line, key in _repeated_keys(node):
        raise UserError(f"rubric {path}, line {line}: `{key}` stands twice; keep one")
    if not isinstance(data, dict):
        raise UserError(f"rubric {path}: is not a mapping; start from {SHIPPED / 'proposals.yaml'}")
    try:
        return Rubric.model_validate(data)
    except ValidationError as error:
        raise UserError(_sentence(path, node, error)) from error


def rubric_path(name_or_path: str | Path) -> Path:
    """The file behind a shipped name or a path.

    Raises:
        UserError: There is no such file.
    """
    shipped = SHIPPED / f"{name_or_path}.yaml"
    path = Path(name_or_path)
    if path.is_file():
        return path
    if shipped.is_file() and path.name == str(name_or_path):
        return shipped
    names = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.yaml")))
    raise UserError(f"rubric {name_or_path}: no such file; give a YAML file or one of: {names}")


def _sentence(path: Path, node: yaml.Node | None, error: ValidationError) -> str:
    """The first errors of a validation, each with its line."""
    parts = []
    for item in error.errors()[:3]:
        loc = item["loc"] + getattr(item.get("ctx", {}).get("error"), "loc", ())
        field = ".".join(str(step) for step in loc) or "rubric"
        message = item["msg"].removeprefix("Value error, ")
        parts.append(f"line {_line(node, loc)}: {field}: {message}")
    more = error.error_count() - len(parts)
    return f"rubric {path}, " + "; ".join(parts) + (f" (and {more} more)" if more > 0 else "")


def _repeated_keys(
    node: yaml.Node | None, above: tuple[yaml.Node, ...] = ()
) -> Iterator[tuple[int, str]]:
    """Line and name of every key that stands twice in one mapping (YAML keeps the last).

    An alias to a node it stands in is reported too: nothing can be read from such a file.
    """
    if node is None:
        return
    if any(node is other for other in above):
        yield node.start_mark.line + 1, "an alias to itself"
        return
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        for i, (key, value) in enumerate(node.value):
            if key.value in names[:i]:
                yield key.start_mark.line + 1, str(key.value)
            yield from _repeated_keys(value, (*above, node))
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _repeated_keys(child, (*above, node))


def _line(node: yaml.Node | None, loc: tuple[Any, ...]) -> int:
    """Line (1-based) of the deepest YAML node along a pydantic location."""
    line = 1 if node is None else node.start_mark.line + 1
    for step in loc:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            child = next((v for k, v in node.value if k.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            child = node.value[step] if step < len(node.value) else None
        if child is None:
            break
        node, line = child, child.start_mark.line + 1
    return line
