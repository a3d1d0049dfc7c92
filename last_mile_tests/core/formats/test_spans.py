"""Dotted attribute names as nested values."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile.core.formats.spans import expanded


@pytest.mark.parametrize(
    ("flat", "nested"),
    [
        ({}, {}),
        ({"a": 1}, {"a": 1}),
        ({"a.b": 1, "a.c": 2}, {"a": {"b": 1, "c": 2}}),
        ({"a.0.b": 1}, {"a": [{"b": 1}]}),
        # in the order of their numbers, not of their text or of the export
        ({f"a.{n}": n for n in (10, 2, 0, 1)}, {"a": [0, 1, 2, 10]}),
        ({"0.role": "user", "1.role": "assistant"}, [{"role": "user"}, {"role": "assistant"}]),
        # nested already, or half of it
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1}}}),
        ({"a": {"b.c": 1}}, {"a": {"b": {"c": 1}}}),
        ({"a": [{"b.c": 1}, {"b.c": 2}]}, {"a": [{"b": {"c": 1}}, {"b": {"c": 2}}]}),
        ({"a": {"b": 1}, "a.c": 2}, {"a": {"b": 1, "c": 2}}),
        ({"a.c": 2, "a": {"b": 1}}, {"a": {"b": 1, "c": 2}}),
        # a number among names is a name
        ({"a.0": 1, "a.size": 2}, {"a": {"0": 1, "size": 2}}),
        ({"a": None, "b": [], "c": {}}, {"a": None, "b": [], "c": {}}),
    ],
)
def test_dotted_names_are_nested(flat: dict[str, Any], nested: Any) -> None:
    assert expanded(flat) == nested


def test_what_was_given_is_not_changed() -> None:
    inner = {"b.c": 1}
    flat = {"a": inner, "a.d": 2}
    expanded(flat)
    assert flat == {"a": {"b.c": 1}, "a.d": 2}
    assert inner == {"b.c": 1}
