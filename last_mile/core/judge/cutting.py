"""The rule by which a long conversation is cut before a judge sees it.

Not here: how what is left is written into the prompt (prompt.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_FOR_CONTEXT = 0.25  # of the room, while the messages need the rest
_FOR_HEAD = 1 / 3  # of the room of the messages; the tail gets the rest
_CUT = ("text", "content", "tool_calls")  # fields that are cut by the rule
_LONGEST_NAME = 200  # characters of any other field
MARK = "[… {:,} characters left out …]"


class Shown(NamedTuple):
    """What a judge sees of a conversation."""

    context: list[dict[str, Any]]
    messages: list[dict[str, Any]]  # each with its `index` in the whole conversation
    final_output: str | None
    cut_characters: int  # left out in all; 0: it is whole


def shown_of(conversation: Mapping[str, Any], limit: int) -> Shown:
    """Cut a conversation to about `limit` characters.

    The final output is always whole, also when it alone is longer than the limit. Of the rest,
    context documents get a quarter, or what the messages do not need: their beginning. Of the
    messages the first third of what remains and the last two thirds are shown, as if they were one
    text; a mark stands for what is left out in between.

    Args:
        conversation: `messages`, `context` and `final_output`.
        limit: Characters of all texts together.
    """
    context = [_with_short_names(document) for document in conversation["context"]]
    messages = [
        {"index": i, **_with_short_names(message)}
        for i, message in enumerate(conversation["messages"])
    ]
    final = conversation["final_output"]
    whole = _size(conversation["context"]) + _size(conversation["messages"]) + len(final or "")
    sizes = _size(context), _size(messages), len(final or "")
    cut_names = whole - sum(sizes)
    if sum(sizes) <= limit:
        return Shown(context, messages, final, cut_names)
    room = max(limit - sizes[2], 0)
    for_context = min(max(int(room * _FOR_CONTEXT), room - sizes[1]), sizes[0])
    head = int((room - for_context) * _FOR_HEAD)
    documents = _Cut(context, for_context, 0, "documents")
    spoken = _Cut(messages, head, room - for_context - head, "messages")
    shown = list(documents), list(spoken)
    return Shown(*shown, final, cut_names + documents.left_out + spoken.left_out)


def _with_short_names(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part without empty fields; roles, names and ids are cut to what such things are."""
    return {
        name: value[:_LONGEST_NAME] if isinstance(value, str) and name not in _CUT else value
        for name, value in part.items()
        if value is not None
    }


def _size(parts: Sequence[Mapping[str, Any]]) -> int:
    return sum(map(_length, parts))


def _length(part: Mapping[str, Any]) -> int:
    return sum(len(value) for value in part.values() if isinstance(value, str))


class _Cut:
    """Parts as one long text, of which a beginning and an end are kept."""

    def __init__(self, parts: Sequence[dict[str, Any]], head: int, tail: int, name: str) -> None:
        self._parts, self._name = parts, name
        whole = _size(parts)
        self._head_end, self._tail_start = (
            (whole, whole) if head + tail >= whole else (head, whole - tail)
        )
        self.left_out = 0  # characters, known when all was gone through

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The parts that are left, and between them one note of those that are not."""
        start = missing = characters = 0
        for part in self._parts:
            size = _length(part)
            end = start + size
            if self._is_gone(start, end):
                missing, characters = missing + 1, characters + size
            else:
                if missing:
                    yield self._note(missing, characters)
                missing = characters = 0
                yield self._kept(part, start)
            start = end
        if missing:
            yield self._note(missing, characters)

    def _is_gone(self, start: int, end: int) -> bool:
        return self._head_end <= start and end <= self._tail_start and end > self._head_end

    def _note(self, missing: int, characters: int) -> dict[str, Any]:
        self.left_out += characters
        return {"left_out": {self._name: missing, "characters": characters}}

    def _kept(self, part: dict[str, Any], start: int) -> dict[str, Any]:
        """A part with its long fields cut where the gap goes through them."""
        start += sum(len(v) for k, v in part.items() if isinstance(v, str) and k not in _CUT)
        kept = dict(part)
        for name in _CUT:
            text = part.get(name)
            if isinstance(text, str):
                kept[name] = self._shortened(text, start)
                start += len(text)
        return kept

    def _shortened(self, text: str, start: int) -> str:
        first = min(max(self._head_end - start, 0), len(text))
        last = min(max(self._tail_start - start, first), len(text))
        gone = last - first
        self.left_out += gone
        return text[:first] + MARK.format(gone) + text[last:] if gone else text
