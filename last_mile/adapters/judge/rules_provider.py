"""The `rules` judge as a LiteLLM provider, so that the same call path runs without a network.

Imported only when a judge is asked (LiteLLM is slow to import). Not here: the rules themselves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import ModelResponse

from last_mile.core.judge.prompt import ANSWERS, CANARIES, asked_metrics, shown_conversation
from last_mile.core.rules_judge import judge

_LETTERS = {answer: letter for letter, answer in ANSWERS.items()}


class RulesProvider(CustomLLM):
    """Answers a judge prompt by deterministic rules over the conversation it shows."""

    async def acompletion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        """A completion whose text is the JSON reply a model would give."""
        prefix, conversation = (message["content"] for message in kwargs["messages"])
        response: ModelResponse = kwargs.get("model_response") or ModelResponse()
        response.choices[0].message.content = rules_reply(prefix, conversation)
        return response


def rules_reply(prefix: str, conversation: str) -> str:
    """The reply to a prompt: one answer per asked metric that has a rule.

    Raises:
        ValueError: The prompt was not made by core/judge/prompt.py.
    """
    shown = shown_conversation(conversation)
    asked = asked_metrics(prefix)
    messages = [message for message in shown["messages"] if "role" in message]  # not of what is cut
    findings = judge(messages, shown["context"], shown["final_output"], asked)
    places = [message["index"] for message in messages]
    gone = (part["left_out"].get("messages", 0) for part in shown["messages"] if "role" not in part)
    final_place = len(messages) + sum(gone)
    answers = {c.id: f"{_LETTERS[c.answer]}10" for c in CANARIES if c.id in asked}
    evidence = []
    for metric, finding in findings.items():
        answers[metric] = f"{_LETTERS[finding.answer]}{round(finding.confidence * 10)}"
        if finding.answer == "true" and finding.quote is not None:
            place = _place(finding.message_index, places, final_place)
            evidence.append({"metric": metric, "message": place, "quote": finding.quote})
    return json.dumps({"evidence": evidence, "answers": answers})


def _place(index: int | None, places: Sequence[int], final_place: int) -> int:
    """The index in the whole conversation; one past the last message is the final output."""
    return places[index] if index is not None and index < len(places) else final_place
