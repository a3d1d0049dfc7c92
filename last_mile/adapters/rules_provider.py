"""The `rules` judge as a LiteLLM provider, so that the same call path runs without a network.

Imported only when a judge is asked (LiteLLM is slow to import). Not here: the rules themselves.
"""

from __future__ import annotations

import json
from typing import Any

from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import ModelResponse

from last_mile.core.judge_prompt import asked_metrics, shown_conversation
from last_mile.core.rules_judge import judge


class RulesProvider(CustomLLM):
    """Answers a judge prompt by deterministic rules over the conversation it shows."""

    async def acompletion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        """A completion whose text is the JSON reply a model would give."""
        prefix, conversation = (message["content"] for message in kwargs["messages"])
        response: ModelResponse = kwargs.get("model_response") or ModelResponse()
        response.choices[0].message.content = rules_reply(prefix, conversation)
        return response


def rules_reply(prefix: str, conversation: str) -> str:
    """The reply to a prompt: one verdict per asked metric that has a rule.

    Raises:
        ValueError: The prompt was not made by core/judge_prompt.py.
    """
    shown = shown_conversation(conversation)
    asked = asked_metrics(prefix)
    findings = judge(shown["messages"], shown["context"], shown["final_output"], asked)
    verdicts = [
        {
            "metric": metric,
            "answer": finding.answer,
            "confidence": finding.confidence,
            "message": finding.message_index,
            "quote": finding.quote,
        }
        for metric, finding in findings.items()
    ]
    return json.dumps({"verdicts": verdicts})
