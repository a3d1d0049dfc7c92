"""Rules about the exchange between user and assistant, outside of the final output.

What the final output is like belongs in the other modules.
"""

import re

from last_mile.core.rules_judge import lexicon
from last_mile.core.rules_judge.reading import (
    NOT_APPLICABLE,
    Finding,
    Reading,
    lowered,
    phrase_starts,
    quote,
)

ASKS_USER = re.compile(
    r"\b(?:should i|shall i|do you want me|would you like me|would you prefer|do you prefer"
    r"|(?:can|could) you (?:tell|share|confirm|send|give) (?:me )?"
    r"|which (?:of your|one should)|what (?:is|are) your (?:rate|availability|goal|own|strongest)"
    r"|is there anything you|before i (?:write|draft|finish|start))\b[^?\n]*\?"
)


def user_satisfied(reading: Reading) -> Finding:
    """The user's last message after an answer approves of it and asks for nothing more."""
    if reading.first_answer is None:
        return NOT_APPLICABLE
    for index in range(len(reading.messages) - 1, reading.first_answer, -1):
        role, text = reading.messages[index]
        if role != "user" or not text:
            continue
        lower = lowered(text)
        start = next(phrase_starts(lower, lexicon.APPROVAL), None)
        unhappy = any(True for _ in phrase_starts(lower, lexicon.DISAPPROVAL))
        if start is not None and not unhappy:
            return Finding("true", 0.85, index, quote(text, start))
        return Finding("false", 0.8)
    return Finding("false", 0.6)


def asks_clarifying_question(reading: Reading) -> Finding:
    """The assistant asks the user something, outside of the text it wrote for the client."""
    if reading.first_answer is None:
        return NOT_APPLICABLE
    for index, (role, text) in enumerate(reading.messages):
        if role != "assistant" or "?" not in text or text == reading.final:
            continue
        place = text.find(reading.final)
        lower = lowered(text)
        for match in ASKS_USER.finditer(lower):
            if place < 0 or not place <= match.start() < place + len(reading.final):
                return Finding("true", 0.8, index, quote(text, match.start()))
    return Finding("false", 0.8)
