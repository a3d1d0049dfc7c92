"""What one conversation holds to train on: what was asked, what was answered, what was accepted.

Not here: cleaning the texts (texts.py), pairs across conversations (pairs.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from last_mile.core.training.words import numbers, runs, words

Exclusion = Literal["no_final_output", "no_user_message", "tool_messages", "untold_facts"]
PairRule = Literal["edit_over_answer", "revision_over_draft"]
Unpaired = Literal["single_draft", "same_text", "another_task", "new_facts"]
LEAST_OVERLAP = 0.3  # shared words of draft and accepted answer; below, it is another task
_NO_CALLS = (None, "", "[]")
_ROLES = {"developer": "system"}


class Message(NamedTuple):
    """A message that says something, and where it stood in the conversation."""

    role: str
    content: str
    position: int | None  # None: a context document, which stands in no message


class Task(NamedTuple):
    """A conversation as something to learn from.

    Attributes:
        prompt: Messages before the accepted answer; ends with the user.
        accepted: The answer the user was left with.
        draft_prompt: Messages before the draft.
        draft: The assistant's answer that the accepted one is compared with.
        rule: How the accepted answer came from the draft.
        unpaired: Why the two are no pair; None: they are.
    """

    prompt: list[Message]
    accepted: Message
    draft_prompt: list[Message]
    draft: Message
    rule: PairRule
    unpaired: Unpaired | None


def task_of(conversation: Mapping[str, Any]) -> Task | Exclusion:
    """The task inside a conversation, or why it has none a model can be trained on.

    An accepted answer that stands in no message was edited by the user: the best evidence there is
    of what they wanted, held against the assistant's last answer. One that does stand in a message
    is held against the first draft that somebody asked for.

    Args:
        conversation: `messages`, `context` and `final_output`.
    """
    text = (conversation["final_output"] or "").strip()
    if not text:
        return "no_final_output"
    if any(_calls_tools(message) for message in conversation["messages"]):
        return "tool_messages"
    said = _said(conversation["messages"])
    answers = [i for i, message in enumerate(said) if message.role == "assistant"]
    if not answers:
        return "no_final_output"
    plain = _plain(text)
    holding = [i for i in answers if plain in _plain(said[i].content)]  # a farewell may come after
    last = (holding or answers)[-1]
    asked = [i for i in answers if i and said[i - 1].role == "user"]
    if last not in asked:
        return "no_user_message"
    first = asked[0] if holding else last
    front = _documents(conversation, said)
    accepted = Message("assistant", text, said[last].position if holding else None)
    draft = said[first]._replace(content=said[first].content.strip())
    before = [*front, *said[: first + 1]]
    if not holding and _untold(accepted, before, said[last + 1 :]):
        return "untold_facts"
    unpaired = _unpaired(before, draft, accepted, said[first:last])
    if holding and first == last:
        unpaired = "single_draft"
    rule: PairRule = "revision_over_draft" if holding else "edit_over_answer"
    return Task(front + said[:last], accepted, front + said[:first], draft, rule, unpaired)


def _untold(edited: Message, known: Sequence[Message], later: Sequence[Message]) -> bool:
    """Whether an edited answer has what its prompt does not tell: it would teach to invent.

    That is any number, and what the user only said afterwards.
    """
    texts = [message.content for message in known]
    new_numbers = numbers(edited.content).difference(*map(numbers, texts))
    told = {run for message in later if message.role == "user" for run in runs(message.content)}
    return bool(new_numbers) or bool((told & runs(edited.content)).difference(*map(runs, texts)))


def _unpaired(
    known: Sequence[Message], draft: Message, accepted: Message, between: Sequence[Message]
) -> Unpaired | None:
    """Why draft and accepted answer are no pair.

    What the user told only after the draft cannot be held against it: an answer that uses it is
    not better, it knew more.
    """
    if _plain(draft.content) == _plain(accepted.content):
        return "same_text"
    one, two = (set(words(text)) for text in (draft.content, accepted.content))
    if len(one & two) < LEAST_OVERLAP * len(one | two):
        return "another_task"
    told = {run for message in between if message.role == "user" for run in runs(message.content)}
    new = (told & runs(accepted.content)).difference(*(runs(m.content) for m in known))
    return "new_facts" if new else None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _calls_tools(message: Mapping[str, Any]) -> bool:
    return message["role"] in ("tool", "function") or message["tool_calls"] not in _NO_CALLS


def _said(messages: Sequence[Mapping[str, Any]]) -> list[Message]:
    return [
        Message(_ROLES.get(message["role"], message["role"]), message["content"], index)
        for index, message in enumerate(messages)
        if (message["content"] or "").strip()
    ]


def _documents(conversation: Mapping[str, Any], said: Sequence[Message]) -> list[Message]:
    """The context documents as a system message in front, but what one says already."""
    given = {message.content for message in said if message.role == "system"}
    texts = [document["text"] for document in conversation["context"]]
    front = [text for text in texts if text and text not in given]
    return [Message("system", "\n\n".join(front), None)] if front else []
