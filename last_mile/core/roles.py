"""Who says a message: the spellings of roles that logs use. Not here: the rest of a message."""

from __future__ import annotations

import re
from typing import Literal, get_args

from last_mile.core.refusal import RefusedLineError

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
ROLES: tuple[Role, ...] = get_args(Role)
_ALSO: dict[str, Role] = {
    "human": "user", "customer": "user", "client": "user", "enduser": "user", "visitor": "user",
    "ai": "assistant", "agent": "assistant", "bot": "assistant", "gpt": "assistant",
    "chatgpt": "assistant", "model": "assistant", "chatbot": "assistant", "llm": "assistant",
    "observation": "tool", "toolmessage": "tool", "aimessage": "assistant",
    "humanmessage": "user", "systemmessage": "system", "aimessagechunk": "assistant",
    "functionmessage": "function",
}  # fmt: skip
_REPEATED = re.compile(r"(.)\1+")
_NOT_LETTERS = re.compile(r"[^a-z]")


def _squeezed(text: str) -> str:
    """Only letters, each run of one letter once: `Asssistant` and `assisstant` are the same."""
    return _REPEATED.sub(r"\1", _NOT_LETTERS.sub("", text.lower()))


_KNOWN: dict[str, Role] = {_squeezed(name): name for name in ROLES}
_KNOWN |= {_squeezed(name): role for name, role in _ALSO.items()}


def role_of(spelling: object) -> Role:
    """The role meant by a spelling: exact, another tool's word for it, or with letters doubled.

    Raises:
        RefusedLineError: `unknown_role`; to guess would put words in somebody's mouth.
    """
    role = _KNOWN.get(_squeezed(spelling)) if isinstance(spelling, str) else None
    if role is None:
        raise RefusedLineError("unknown_role")
    return role
