"""From a conversation with a tier to training rows: prompt, answer, pair; or why there is none.

Not here: files and manifests (adapters/exports.py), tier rules (the rubric).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import polars as pl

Exclusion = Literal[
    "no_final_output", "no_user_message", "tool_messages", "single_draft", "same_text",
    "another_task", "in_a_pair",
]  # fmt: skip
SPLIT_SALT = "last_mile/1"
TEST_SHARE = 10  # percent of users
LEAST_OVERLAP = 0.3  # shared words of draft and revision; below, it is another task
_NO_CALLS = (None, "", "[]")
_COMMON = ("row_id", "conversation_id", "day", "split", "tier", "rule", "prompt")
_FIELDS = {
    "sft": ("completion",),
    "dpo": ("chosen", "rejected"),
    "kto": ("completion", "label"),
}


class Task(NamedTuple):
    """What the assistant was asked when it wrote its first draft, and what was accepted."""

    prompt: list[dict[str, str]]
    first_draft: str
    accepted: str
    last_prompt: list[dict[str, str]]  # all messages before the accepted answer


def training_rows(
    kind: Literal["sft", "dpo", "kto"], conversations: Iterable[Mapping[str, Any]]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Training rows of one kind, and how many conversations gave none, by reason.

    Args:
        kind: `sft`, `dpo` or `kto`.
        conversations: `conversation_id, day, user_id, tier, train, messages, context,
            final_output` of conversations whose tier says how to train.

    Returns:
        Rows of the kind's table, and counts per exclusion.
    """
    make = {"sft": _sft, "dpo": _dpo, "kto": _kto}[kind]
    rows, excluded = [], dict[str, int]()
    for conversation in conversations:
        made = make(conversation)
        if isinstance(made, str):
            excluded[made] = excluded.get(made, 0) + 1
        else:
            rows.append({**_provenance(conversation, made), **made})
    names = (*_COMMON, *_FIELDS[kind])
    schema = {n: {"day": pl.Date, "label": pl.Boolean}.get(n, pl.String) for n in names}
    return pl.DataFrame(rows, schema=schema).sort("conversation_id"), excluded


def split_of(user_id: str | None, conversation_id: str) -> Literal["train", "test"]:
    """The split of a user, fixed once by a salted hash: no user is in both."""
    key = f"{SPLIT_SALT}/{user_id or conversation_id}"
    bucket = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % 100
    return "test" if bucket < TEST_SHARE else "train"


def task_of(conversation: Mapping[str, Any]) -> Task | Exclusion:
    """The task inside a conversation, or why it has none a model can be trained on."""
    messages: Sequence[Mapping[str, Any]] = conversation["messages"]
    accepted = (conversation["final_output"] or "").strip()
    if not accepted:
        return "no_final_output"
    if any(
        message["role"] in ("tool", "function") or message["tool_calls"] not in _NO_CALLS
        for message in messages
    ):
        return "tool_messages"
    said = [message for message in messages if (message["content"] or "").strip()]
    drafts = [i for i, message in enumerate(said) if message["role"] == "assistant"]
    if not drafts:
        return "no_final_output"
    holding = [i for i in drafts if accepted in said[i]["content"]]  # a farewell may come after
    first = _prompt(conversation, said[: drafts[0]])
    last = _prompt(conversation, said[: (holding or drafts)[-1]])
    if first[-1:] == [] or first[-1]["role"] != "user" or last[-1]["role"] != "user":
        return "no_user_message"
    return Task(first, said[drafts[0]]["content"].strip(), accepted, last)


def _sft(conversation: Mapping[str, Any]) -> dict[str, Any] | Exclusion:
    task = task_of(conversation)
    if isinstance(task, str):
        return task
    return {"prompt": _json(task.last_prompt), "completion": _json(_answer(task.accepted))}


def _dpo(conversation: Mapping[str, Any]) -> dict[str, Any] | Exclusion:
    """Draft versus accepted revision: same user, same prompt, the most trusted kind of pair."""
    task = task_of(conversation)
    if isinstance(task, str):
        return task
    if task.prompt == task.last_prompt:
        return "single_draft"
    if task.first_draft == task.accepted:
        return "same_text"
    if _overlap(task.first_draft, task.accepted) < LEAST_OVERLAP:
        return "another_task"
    return {
        "prompt": _json(task.prompt),
        "chosen": _json(_answer(task.accepted)),
        "rejected": _json(_answer(task.first_draft)),
    }


def _kto(conversation: Mapping[str, Any]) -> dict[str, Any] | Exclusion:
    desirable = conversation["train"] == "desirable"
    if desirable and not isinstance(_dpo(conversation), str):
        return "in_a_pair"
    made = _sft(conversation)
    return made if isinstance(made, str) else {**made, "label": desirable}


def _provenance(conversation: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    content = json.dumps(made, sort_keys=True, ensure_ascii=False)
    return {
        "row_id": hashlib.sha256(content.encode()).hexdigest()[:24],
        "conversation_id": conversation["conversation_id"],
        "day": conversation["day"],
        "split": split_of(conversation["user_id"], conversation["conversation_id"]),
        "tier": conversation["tier"],
        "rule": "revision_over_draft" if "chosen" in made else f"tier_{conversation['tier']}",
    }


def _prompt(
    conversation: Mapping[str, Any], said: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Messages before an answer, with the context documents in front, as roles and texts."""
    given = {message["content"] for message in said if message["role"] == "system"}
    documents = [doc["text"] for doc in conversation["context"] if doc["text"] not in given]
    front = [{"role": "system", "content": "\n\n".join(documents)}] if documents else []
    roles = {"developer": "system"}
    return front + [
        {"role": roles.get(m["role"], m["role"]), "content": m["content"]} for m in said
    ]


def _overlap(first: str, second: str) -> float:
    """Jaccard overlap of the two texts' word sets."""
    one, two = set(first.lower().split()), set(second.lower().split())
    return len(one & two) / len(one | two) if one | two else 0.0


def _answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
