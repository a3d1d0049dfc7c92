"""A prompt as the two texts of Axolotl's ChatML strategies, and back. Not here: rows.

The strategy puts `system` and `prompt` between the markers of one system and one user message;
turns after the first one stand in `prompt` with their markers.
"""

from __future__ import annotations

from last_mile.core.dialects.dialect import Messages, Refusal

START, END = "<|im_start|>", "<|im_end|>"
_BETWEEN = f"{END}\n{START}"


def texts(prompt: Messages) -> tuple[str, str]:
    """The system text ("" when there is none) and everything from the first user message on."""
    has_system = prompt[0]["role"] == "system"
    first, *later = prompt[1:] if has_system else prompt
    said = [first["content"], *(f"{m['role']}\n{m['content']}" for m in later)]
    return prompt[0]["content"] if has_system else "", _BETWEEN.join(said)


def messages(system: str, prompt: str) -> list[dict[str, str]]:
    """The inverse of `texts`."""
    first, *later = prompt.split(_BETWEEN)
    said = [("user", first)]
    said += [(role, content) for role, _, content in (turn.partition("\n") for turn in later)]
    front = [("system", system)] if system else []
    return [{"role": role, "content": content} for role, content in front + said]


def refusal(prompt: Messages, answer: str) -> Refusal | None:
    """Why a prompt has no such texts, or could not be read back out of them."""
    first, *later = prompt
    if first == {"role": "system", "content": ""}:
        return "empty_system"
    opening = later[0] if first["role"] == "system" else first
    if opening["role"] != "user":
        return "not_alternating"
    said = (*(message["content"] for message in prompt), answer)
    return "template_marker" if any(START in text or END in text for text in said) else None
