"""Verdicts recorded elsewhere, answered again: p4g's, by three language models.

Not here: prompts and replies (replies.py).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from last_mile.core.rubric import Rubric
from last_mile_tests.judge_server.bills import digest_of
from last_mile_tests.judge_server.replies import Answer, Answerer

Recorded = Mapping[str, Mapping[str, bool]]


def replaying(recorded: Recorded) -> Answerer:
    """An answerer that gives recorded verdicts.

    Args:
        recorded: `digest_of` the messages of a conversation to metric to verdict. A metric without
            a verdict gets no answer.

    Returns:
        An answerer; it raises ValueError for a conversation that is not recorded (or is cut).
    """

    def answer(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
        verdicts = recorded.get(digest_of(shown["messages"]))
        if verdicts is None:
            raise ValueError("no verdicts are recorded for this conversation")
        return {i: ("t" if verdicts[i] else "f", 10, None, None) for i in ids if i in verdicts}

    return answer


def recorded_verdicts(conversations: Path, rubric: Rubric) -> dict[str, dict[str, bool]]:
    """Verdicts of a recorded set, by the rubric's `recorded` sources.

    Args:
        conversations: A `conversations.jsonl.gz` whose lines hold messages and labels.
        rubric: A metric is true when any label of its source has its value, and false when its
            annotator gave other values only.

    Returns:
        As `replaying` takes it.
    """
    found = {}
    with gzip.open(conversations, "rt", encoding="utf-8") as lines:
        for line in lines:
            conversation = json.loads(line)
            found[digest_of(conversation["messages"])] = _verdicts(conversation["labels"], rubric)
    return found


def _verdicts(labels: list[dict[str, Any]], rubric: Rubric) -> dict[str, bool]:
    values: dict[tuple[str, str], set[str]] = {}
    for label in labels:
        if label["annotator_kind"] != "human":
            values.setdefault((label["metric"], label["annotator"]), set()).add(label["value"])
    sources = {metric.id: metric.recorded for metric in rubric.judged if metric.recorded}
    return {
        metric: source.value in values[source.metric, source.annotator]
        for metric, source in sources.items()
        if source.annotator is not None and (source.metric, source.annotator) in values
    }
