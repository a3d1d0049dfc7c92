"""Spellings of roles: which role each means, and that nothing is guessed."""

from __future__ import annotations

import pytest

from last_mile.core.refusal import RefusedLineError
from last_mile.core.roles import ROLES, role_of


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_itself_in_any_case_and_between_spaces(role: str) -> None:
    spellings = (role, role.upper(), role.capitalize(), f" {role}\n", f"<|{role}|>")
    assert {role_of(spelling) for spelling in spellings} == {role}


@pytest.mark.parametrize(
    ("spelling", "role"),
    [
        ("asssistant", "assistant"),
        ("assisstant", "assistant"),
        ("asistant", "assistant"),
        ("Assistantt", "assistant"),
        ("userr", "user"),
        ("tol", "tool"),
        ("human", "user"),
        ("Human", "user"),
        ("customer", "user"),
        ("client", "user"),
        ("end_user", "user"),
        ("end-user", "user"),
        ("ai", "assistant"),
        ("AI", "assistant"),
        ("agent", "assistant"),
        ("bot", "assistant"),
        ("gpt", "assistant"),
        ("ChatGPT", "assistant"),
        ("model", "assistant"),
        ("HumanMessage", "user"),
        ("AIMessage", "assistant"),
        ("AIMessageChunk", "assistant"),
        ("SystemMessage", "system"),
        ("ToolMessage", "tool"),
        ("FunctionMessage", "function"),
        ("observation", "tool"),
    ],
)
def test_another_word_or_a_doubled_letter_means_a_role(spelling: str, role: str) -> None:
    assert role_of(spelling) == role


@pytest.mark.parametrize(
    "spelling",
    ["", " ", "narrator", "moderator", "assistent", "asst", "u", "usher", "ассистент", "用户",
     "user assistant", None, 0, True, ["user"], {"role": "user"}],
)  # fmt: skip
def test_a_role_nobody_knows_is_refused_and_not_guessed(spelling: object) -> None:
    with pytest.raises(RefusedLineError) as refused:
        role_of(spelling)
    assert refused.value.reason == "unknown_role"
