"""Rows of `training_texts`: prompt, answer and draft of a conversation, without personal data.

Not here: what the task is (tasks.py), what is replaced (core/scrubbing).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from last_mile.core.rubric import Contrast, Training
from last_mile.core.scrubbing import Scrubber, names_of
from last_mile.core.training.tasks import Message, Task, task_of
from last_mile.core.training.words import n_words, runs

_TEXTS = ("dropped", "prompt", "answer", "draft_prompt", "draft", "pair_rule", "unpaired",
          "shared_prompt", "scrubbed")  # fmt: skip
TEXT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "conversation_id": pl.String, "day": pl.Date, **dict.fromkeys(_TEXTS, pl.String),
    **dict.fromkeys(("answer_index", "n_answer_words", "draft_index", "n_draft_words"), pl.Int32),
    "leaks": pl.Boolean, "names": pl.List(pl.String),
}  # fmt: skip


def training_texts(
    conversations: Iterable[Mapping[str, Any]], training: Training, scrubber: Scrubber
) -> pl.DataFrame:
    """The texts of conversations of the pool.

    Args:
        conversations: `conversation_id, day, messages, context, final_output, contrast`.
        training: Where names are, and what both sides of a contrast see.
        scrubber: Replaces personal data.

    Returns:
        One row per conversation; without texts and with a reason in `dropped` where it has none.
    """
    patterns = [(known.document, known.pattern) for known in training.names]
    rows = []
    for conversation in conversations:
        task = task_of(conversation)
        row = {"conversation_id": conversation["conversation_id"], "day": conversation["day"]}
        if isinstance(task, str):
            rows.append({**row, "dropped": task})
            continue
        documents = [(d["doc_id"], d["text"] or "") for d in conversation["context"]]
        cleaner = _Cleaner(scrubber, names_of(documents, patterns))
        rows.append({**row, **_texts(task, cleaner)})
        if training.contrast and conversation["contrast"]:
            rows[-1].update(_contrast(task, documents, training.contrast, cleaner))
        rows[-1].update(names=cleaner.names, scrubbed=_json(dict(sorted(cleaner.counts.items()))))
    return pl.DataFrame(rows, schema=TEXT_SCHEMA)


@dataclass
class _Cleaner:
    """Scrubs the texts of one conversation, each once: drafts stand in prompts as well."""

    scrubber: Scrubber
    names: Sequence[str]
    counts: Counter[str] = field(default_factory=Counter)
    _done: dict[str, str] = field(default_factory=dict)

    def clean(self, text: str) -> str:
        if text not in self._done:
            self._done[text], found = self.scrubber.scrub(text, self.names)
            self.counts.update(found)
        return self._done[text]

    def messages(self, messages: Iterable[Message]) -> str:
        """Messages as the JSON that trainers read."""
        return _json([{"role": m.role, "content": self.clean(m.content)} for m in messages])


def _texts(task: Task, cleaner: _Cleaner) -> dict[str, Any]:
    answer, draft = (cleaner.clean(message.content) for message in (task.accepted, task.draft))
    return {
        "prompt": cleaner.messages(task.prompt),
        "answer": cleaner.messages([task.accepted]),
        "answer_index": task.accepted.position,
        "n_answer_words": n_words(answer),
        "draft_prompt": cleaner.messages(task.draft_prompt),
        "draft": cleaner.messages([task.draft]),
        "draft_index": task.draft.position,
        "n_draft_words": n_words(draft),
        "pair_rule": task.rule,
        "unpaired": task.unpaired or ("same_text" if answer.split() == draft.split() else None),
    }


def _contrast(
    task: Task, documents: Sequence[tuple[str, str]], contrast: Contrast, cleaner: _Cleaner
) -> dict[str, Any]:
    """What both sides of a contrast see, and whether the answer tells what only its user knew.

    An answer that uses the user's profile or words cannot stand under a prompt without them: it
    would teach to invent.
    """
    shared = [text for name, text in documents if name.startswith(contrast.documents)]
    if not shared:
        return {"shared_prompt": None, "leaks": None}
    own = [text for name, text in documents if not name.startswith(contrast.documents)]
    own += [message.content for message in task.prompt if message.role == "user"]
    private = set().union(*map(runs, own)) - set().union(*map(runs, shared), runs(contrast.request))
    prompt = [Message("system", "\n\n".join(shared), None), Message("user", contrast.request, None)]
    return {
        "shared_prompt": cleaner.messages(prompt),
        "leaks": not private.isdisjoint(runs(task.accepted.content)),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
