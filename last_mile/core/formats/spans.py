"""Dotted attribute names as nested values. Not here: what any attribute means."""

from collections.abc import Mapping
from typing import Any


def expanded(flat: Mapping[str, Any]) -> Any:
    """Nested objects and lists out of dotted names: `{"a.0.b": 1}` is `{"a": [{"b": 1}]}`.

    Names that are nested already are taken as they are; an object whose keys are all whole numbers
    is a list in their order.
    """
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = str(name).split(".")
        holder = nested
        for step in path:
            inner = holder.setdefault(step, {})
            if not isinstance(inner, dict):
                inner = holder[step] = {}
            holder = inner
        held = _expanded_value(value)
        before = holder.get(last)
        if isinstance(before, dict) and isinstance(held, dict):
            before.update(held)
        else:
            holder[last] = held
    return _as_lists(nested)


def _expanded_value(value: Any) -> Any:
    if isinstance(value, dict):
        return expanded(value)
    return [_expanded_value(item) for item in value] if isinstance(value, list) else value


def _as_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _as_lists(held) for name, held in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
