"""Asks a judge about conversations through LiteLLM, and the embedded `rules` judge as a provider.

The only importer of litellm. Not here: prompts and replies (core/), the ledger (warehouse).
"""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from last_mile.core.judge_prompt import REPLY_SCHEMA, conversation_message, rubric_message
from last_mile.core.judge_reply import Reason, Verdict, read_reply, unscored
from last_mile.core.rubric import Metric
from last_mile.errors import UserError

RULES, RECORDED = "rules", "recorded"
_TRIES = 4  # per call, for faults that pass by themselves
_FIRST_PAUSE_S = 0.5
_FLUSH_AT, _FLUSH_AFTER_S = 500, 1.0
_GIVE_UP_AFTER = 100  # calls in a row that failed after all their tries
_PASSING = (
    "RateLimitError", "Timeout", "APIConnectionError", "InternalServerError",
    "ServiceUnavailableError", "APIError", "BadGatewayError",
)  # fmt: skip
_ABOUT_THE_TEXT: dict[str, Reason] = {
    "ContextWindowExceededError": "too_long", "ContentPolicyViolationError": "refused",
}  # fmt: skip
_REPLY_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "verdicts", "schema": REPLY_SCHEMA},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """All verdicts of one call, and what it took."""

    content_hash: str
    verdicts: list[Verdict]
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    latency_ms: float


def _answered(tasks: Iterable[asyncio.Task[Answer | None]]) -> list[Answer]:
    """Answers of ended calls; a call that failed beside them costs none of them."""
    results = (task.result() for task in tasks if task.exception() is None)
    return [answer for answer in results if answer is not None]


def _raise_first(tasks: Iterable[asyncio.Task[Answer | None]]) -> None:
    for task in tasks:
        if error := task.exception():
            raise error


class _Journal:
    """Collects answers and makes them durable in groups of at most a second or 500."""

    def __init__(self, keep: Callable[[list[Answer]], None]) -> None:
        self._keep = keep
        self.grew = False  # the last addition brought an answer
        self._answers: list[Answer] = []
        self._flushed = time.monotonic()

    def add(self, answers: list[Answer]) -> None:
        self.grew = bool(answers)
        self._answers += answers
        old = time.monotonic() - self._flushed >= _FLUSH_AFTER_S
        if len(self._answers) >= _FLUSH_AT or (old and self._answers):
            self.flush()

    def flush(self) -> None:
        if self._answers:
            self._keep(self._answers)
        self._answers, self._flushed = [], time.monotonic()


class JudgeModel:
    """A judge by its LiteLLM model name; `rules` is embedded and needs no network."""

    def __init__(self, name: str, *, in_flight: int = 32, timeout_s: float = 120) -> None:
        self.name = name
        self._in_flight = in_flight
        self._timeout_s = timeout_s

    def ask(
        self,
        conversations: Iterable[Mapping[str, Any]],
        metrics: Sequence[Metric],
        keep: Callable[[list[Answer]], None],
    ) -> None:
        """Judge conversations, one call each with all questions.

        Args:
            conversations: `content_hash`, `messages`, `context`, `final_output`.
            metrics: The questions.
            keep: Makes answers durable; called at least once a second while answers arrive, so a
                crash loses no more than that. A call that failed after all tries is left out: it
                was not answered, so the next run asks again.

        Raises:
            UserError: The model, key or quota is refused; what was in flight is kept first.
        """
        asyncio.run(self._ask_all(conversations, metrics, keep))

    async def _ask_all(
        self,
        conversations: Iterable[Mapping[str, Any]],
        metrics: Sequence[Metric],
        keep: Callable[[list[Answer]], None],
    ) -> None:
        prefix, ids = rubric_message(metrics), [metric.id for metric in metrics]
        in_flight: set[asyncio.Task[Answer | None]] = set()
        journal, unanswered = _Journal(keep), 0
        try:
            for conversation in conversations:
                in_flight.add(asyncio.create_task(self._ask_one(conversation, prefix, ids)))
                if len(in_flight) >= self._in_flight:
                    done, in_flight = await asyncio.wait(
                        in_flight, return_when=asyncio.FIRST_COMPLETED
                    )
                    journal.add(_answered(done))
                    unanswered = 0 if journal.grew else unanswered + len(done)
                    _raise_first(done)
                    if unanswered >= _GIVE_UP_AFTER:
                        raise UserError(f"judge {self.name}: {unanswered} calls in a row failed")
        finally:  # a stop drains what is in flight: it may have been paid
            await asyncio.gather(*in_flight, return_exceptions=True)
            journal.add(_answered(in_flight))
            journal.flush()
        _raise_first(in_flight)

    async def _ask_one(
        self,
        conversation: Mapping[str, Any],
        prefix: str,
        ids: list[str],
    ) -> Answer | None:
        messages = [
            {"role": "system", "content": prefix},
            {"role": "user", "content": conversation_message(conversation)},
        ]
        started = time.perf_counter()
        response = await self._call(messages)
        if response is None:
            return None
        latency_ms = (time.perf_counter() - started) * 1000
        if response in _ABOUT_THE_TEXT.values():
            verdicts = unscored(ids, response)
            return Answer(conversation["content_hash"], verdicts, 0, 0, 0.0, latency_ms)
        usage = getattr(response, "usage", None)
        return Answer(
            conversation["content_hash"],
            _verdicts(response, ids, conversation),
            getattr(usage, "prompt_tokens", 0) or 0,
            getattr(usage, "completion_tokens", 0) or 0,
            0.0 if self.name == RULES else response._hidden_params.get("response_cost"),
            latency_ms,
        )

    async def _call(self, messages: list[dict[str, str]]) -> Any:
        """The response; the reason why this text has none; None when every try met a fault."""
        model = "rules/rules" if self.name == RULES else self.name
        for attempt in range(_TRIES):
            try:
                return await _litellm().acompletion(
                    model=model,
                    messages=messages,
                    response_format=_REPLY_FORMAT,
                    temperature=0,
                    timeout=self._timeout_s,
                    num_retries=0,
                    max_retries=0,
                    drop_params=True,
                )
            except Exception as error:  # sorted by name; its text is never shown
                if type(error).__name__ in _ABOUT_THE_TEXT:
                    return _ABOUT_THE_TEXT[type(error).__name__]
                if type(error).__name__ not in _PASSING:
                    raise UserError(self._refusal(error)) from None
                await asyncio.sleep(_FIRST_PAUSE_S * 2**attempt)
        return None

    def _refusal(self, error: Exception) -> str:
        status = getattr(error, "status_code", "no status")
        return (
            f"judge {self.name}: the provider refused the call ({type(error).__name__}, {status}); "
            "check the model name and its key variable, or use --judge rules"
        )


def _verdicts(response: Any, ids: Sequence[str], conversation: Mapping[str, Any]) -> list[Verdict]:
    """Verdicts of a successful call; empty, cut and refused replies come as successes too."""
    if not response.choices:
        return unscored(ids, "invalid_reply")
    message, finish = response.choices[0].message, response.choices[0].finish_reason
    provider_fields = getattr(message, "provider_specific_fields", None) or {}
    if finish == "content_filter" or provider_fields.get("refusal"):
        return unscored(ids, "refused")
    if finish == "length":
        return unscored(ids, "cut_off")
    return read_reply(message.content or "", ids, conversation)


@functools.cache
def _litellm() -> ModuleType:
    """LiteLLM, imported on first use (it takes seconds), with the rules judge registered."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_TELEMETRY", "False")
    import litellm  # noqa: PLC0415

    from last_mile.adapters.rules_provider import RulesProvider  # noqa: PLC0415

    litellm.suppress_debug_info = True
    litellm.custom_provider_map = [{"provider": RULES, "custom_handler": RulesProvider()}]
    return litellm
