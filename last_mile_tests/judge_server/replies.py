"""What the server's judge says: the text of a reply, and the completion around it.

Not here: which fault a request gets (faults.py), its tokens (bills.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from last_mile.core.judge.prompt import CANARIES, asked_metrics, shown_conversation
from last_mile.core.rules_judge import judge
from last_mile_tests.judge_server.faults import HONEST, Fault

# Letter, tenths, index of the message, quote. Canaries an answerer leaves out are answered right.
Answer = tuple[str, int, int | None, str | None]
Answerer = Callable[[list[str], dict[str, Any]], Mapping[str, Answer]]
_FIRST_TURN = 2  # messages: the questions, the conversation; more is a repair
_REPAIR = re.compile(r"no usable answer to: (.*?)\. Reply", re.DOTALL)
_RIGHT = {canary.id: canary.answer[0] for canary in CANARIES}
_REFUSED = "I cannot judge this."
_ids = lru_cache(maxsize=256)(asked_metrics)  # the same prefix comes with every request


class Reply(NamedTuple):
    """One generated message."""

    text: str
    finish_reason: str = "stop"
    is_refusal: bool = False


def honest(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """False to every metric, fairly sure."""
    return {i: ("f", 8, None, None) for i in ids if i not in _RIGHT}


def by_rules(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """The answers of the judge made of rules; a metric without a rule gets none."""
    places = _places(shown["messages"])
    found = judge(shown["messages"], shown["context"], shown["final_output"], ids)
    return {
        metric: (
            finding.answer[0],
            round(finding.confidence * 10),
            None if finding.message_index is None else places[finding.message_index],
            finding.quote,
        )
        for metric, finding in found.items()
    }


def asked(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Ids a request asks for: those of a repair, else all of the prefix, canaries included."""
    if len(messages) > _FIRST_TURN and (repair := _REPAIR.search(messages[-1]["content"])):
        return repair[1].split(", ")
    return list(_ids(messages[0]["content"]))


def reply_to(messages: Sequence[Mapping[str, Any]], answerer: Answerer, fault: Fault) -> Reply:
    """The message generated for a request, spoilt as the fault says.

    Raises:
        ValueError: The request is not a judge prompt, or the answerer cannot answer it.
    """
    if fault.name == "refusal":
        return Reply(_REFUSED, is_refusal=True)
    if fault.name == "filtered":
        return Reply("", "content_filter")
    if fault.name in {"malformed", "empty"}:
        return Reply("{not json" if fault.name == "malformed" else "")
    ids = asked(messages)
    if answerer is honest:
        given = honest(ids, {})  # does not look at the conversation: saves parsing it
    else:
        given = dict(answerer(ids, shown_conversation(messages[1]["content"])))
    right: dict[str, Answer] = {i: (_RIGHT[i], 10, None, None) for i in ids if i in _RIGHT}
    text = json.dumps(_spoilt(_parts(ids, {**right, **given}), fault))
    if fault.name == "truncated":
        return Reply(text[: len(text) // 2], "length")
    return Reply(text)


def completion(number: int, model: str, reply: Reply, usage: Any, fault: str) -> dict[str, Any]:
    """A chat completion; `usage` is left out by the fault `no_usage`, choices by `no_choices`."""
    message = {
        "role": "assistant",
        "content": None if reply.is_refusal else reply.text,
        "refusal": reply.text if reply.is_refusal else None,
    }
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    body = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": model,
        "choices": [] if fault == "no_choices" else [choice],
        "usage": usage,
    }
    if fault == "no_usage":
        del body["usage"]
    return body


def _parts(ids: Sequence[str], found: Mapping[str, Answer]) -> dict[str, Any]:
    evidence = [
        {"metric": metric, "message": found[metric][2], "quote": found[metric][3]}
        for metric in ids
        if metric in found and found[metric][3] is not None
    ]
    answers = {i: f"{found[i][0]}{found[i][1]}" for i in ids if i in found}
    return {"evidence": evidence, "answers": answers}


def _spoilt(parts: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """A readable reply with one thing wrong: with its first answer, or with all of them."""
    answers: dict[str, Any] = parts["answers"]
    first = next(iter(answers), None)
    if fault.name == HONEST or first is None:
        return parts
    if fault.name == "missing":
        del answers[first]
    elif fault.name == "off_menu":
        answers[first] = "perhaps"
    elif fault == Fault("wrong_type", "number"):
        answers[first] = 9
    elif fault.name == "wrong_type":
        parts["answers"] = [{"id": key, "answer": value} for key, value in answers.items()]
    return parts


def _places(messages: Sequence[Mapping[str, Any]]) -> list[int]:
    """The index in the whole conversation of each shown message, and of the final output."""
    places, following = [], 0
    for message in messages:
        places.append(following)
        following = message.get("index", following) + 1
        if "index" in message:
            places[-1] = message["index"]
        else:  # a note of what was left out
            following = places[-1] + message["left_out"]["messages"]
    return [*places, following]
