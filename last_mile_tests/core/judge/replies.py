"""Replies of a judge about one short conversation, for tests of what is read out of them."""

from __future__ import annotations

import json
from typing import Any

from last_mile.core.judge.prompt import reply_schema
from last_mile.core.judge.reply import Verdict, given_by, verdicts_of
from last_mile_tests.scenario import message

TALK = {
    "messages": [
        message("user", "Can you start today?"),
        message("assistant", None, tool_calls="[]"),
        message("assistant", "Yes \u2014 I can start today, for \u20ac50."),
    ],
    "final_output": "I can start today.",
}
MENU = frozenset(reply_schema(["robotic"])["$defs"]["answer"]["enum"])
RIGHT = {"list_has_two": "t10", "list_has_thousand": "f10"}


def reply_of(answers: Any, *evidence: Any) -> str:
    """A reply with these answers and pieces of evidence."""
    return json.dumps({"evidence": list(evidence), "answers": answers})


def read(reply: str, *metrics: str, canaries: bool = False) -> list[Verdict]:
    """The verdicts of a reply about `TALK`; asked was `robotic`, if nothing else."""
    return verdicts_of(given_by(reply), metrics or ("robotic",), TALK, canaries=canaries)


def proof(**over: Any) -> dict[str, Any]:
    """A piece of evidence that stands in `TALK`."""
    return {"metric": "robotic", "message": 2, "quote": "start today, for \u20ac50", **over}
