"""The heuristic rules on literal rows. Round trips through generated texts belong in demo/."""

from typing import Any

import polars as pl
import pytest

from last_mile.core.heuristics import REASONS, RULES, heuristic_flags
from last_mile_tests.demo.frames import SCHEMA

PROMPT = "Write a proposal for this job based on my profile."


def texts(*rows: dict[str, Any]) -> pl.DataFrame:
    """One row of texts per dict; what a test does not vary is a plain conversation."""
    plain: dict[str, Any] = {
        "entry_point": None,
        "first_user_text": "Write me one.",
        "user_text": "Write me one.",
        "assistant_text": "Hi Ann, here I am.",
        "first_draft": "Hi Ann, here I am.",
        "final_output": "Hi Ann, here I am.",
        "context_text": "",
        "job_text": "",
        "profile_text": "",
        "n_messages": 2,
        "n_user_messages": 1,
        "n_assistant_messages": 1,
        "n_answered_user_messages": 1,
        "tool_names": [],
        "attributes": "{}",
    }
    filled = [{"conversation_id": f"c{i}", **plain, **row} for i, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=SCHEMA)


def answers(rule: str, rows: list[dict[str, Any]], **params: Any) -> list[tuple[str, str, Any]]:
    """(flag, reason, evidence) of a rule for each row."""
    frame = heuristic_flags(texts(*rows), [("m", rule, params)])
    return list(frame.select("flag", "reason", "evidence").iter_rows())


def flags(rule: str, column: str, values: list[Any], **params: Any) -> list[str]:
    """Flags of a rule when one column varies."""
    return [answer[0] for answer in answers(rule, [{column: v} for v in values], **params)]


def test_every_conversation_gets_one_row_per_metric_under_the_metrics_own_name() -> None:
    frame = heuristic_flags(
        texts({}, {}),
        [("long", "words_over", {"words": 3}), ("list", "has_bullet_list", {})],
    )
    assert frame.columns == ["conversation_id", "metric", "flag", "reason", "evidence"]
    assert frame.select("conversation_id", "metric").rows() == [
        ("c0", "long"), ("c1", "long"), ("c0", "list"), ("c1", "list"),
    ]  # fmt: skip
    assert frame["evidence"].to_list() == ["5 words", "5 words", None, None]


def test_no_metrics_and_no_conversations_give_an_empty_frame_with_the_same_columns() -> None:
    metric: list[tuple[str, str, dict[str, Any]]] = [("m", "has_bullet_list", {})]
    for frame in (heuristic_flags(texts({}), []), heuristic_flags(texts(), metric)):
        assert frame.height == 0
        assert frame.columns == ["conversation_id", "metric", "flag", "reason", "evidence"]


@pytest.mark.parametrize(
    "text",
    [
        "one two",
        "a\u00a0b",  # a no-break space parts words for str.split, not for RE2's \s
        "a\x1cb\x1dc\x1ed\x1fe",  # neither RE2 nor Rust call these white space; str.split does
        "a\x85b\u2028c\u3000d",
        "zero\u200bwidth is no white space",
        "\tlead and trail \n",
        "\u00e9t\u00e9 na\u00efve \u4f60\u597d",
    ],
)
def test_words_are_counted_like_str_split(text: str) -> None:
    count = len(text.split())
    assert flags("words_over", "final_output", [text], words=count - 1) == ["true"]
    assert flags("words_over", "final_output", [text], words=count) == ["false"]
    assert flags("words_under", "final_output", [text], words=count) == ["false"]
    assert flags("words_under", "final_output", [text], words=count + 1) == ["true"]


def test_an_absent_text_has_no_length_instead_of_a_short_one() -> None:
    rows: list[dict[str, Any]] = [{"final_output": None}]
    expected = [("not_applicable", "no_final_output", None)]
    assert answers("short_proposal", rows) == expected
    assert answers("words_under", rows, words=9) == expected
    assert answers("generic_greeting", rows) == expected
    assert answers("mentions_job_requirements", rows) == expected


@pytest.mark.parametrize("blank", ["", " \n", "\u00a0\x1c"])
def test_an_empty_answer_is_an_answer_of_no_words_and_a_silent_user_gave_no_text(
    blank: str,
) -> None:
    rows: list[dict[str, Any]] = [{"final_output": blank}]
    assert answers("short_proposal", rows) == [("true", "rule_matched", "0 words")]
    user: list[dict[str, Any]] = [{"user_text": blank}]
    assert answers("words_over", user, part="user", words=1)[0][1] == "no_user_message"


def test_the_default_prompt_is_known_by_entry_point_and_else_by_its_text() -> None:
    rows: list[dict[str, Any]] = [
        {"entry_point": "default_prompt", "first_user_text": "anything"},
        {"entry_point": "own_draft", "first_user_text": PROMPT},
        {"first_user_text": f" {PROMPT.upper()}\n"},
        {"first_user_text": f"{PROMPT} Mention Rust."},
        {"first_user_text": None, "user_text": ""},
    ]
    found = answers("clicked_default", rows, entry_points=["default_prompt"], prompts=[PROMPT])
    assert [flag for flag, _, _ in found] == ["true", "false", "true", "false", "not_applicable"]
    assert found[0] == ("true", "rule_matched", "default_prompt")
    assert found[4][1] == "no_user_message"


def test_a_pasted_draft_with_a_request_for_edits_is_an_own_draft() -> None:
    draft = "I built forty sites and I would like to build yours. " * 3
    rows: list[dict[str, Any]] = [
        {"entry_point": "own_draft"},
        {"entry_point": "default_prompt", "first_user_text": f"Proofread my draft: {draft}"},
        {"first_user_text": f"Please proofread this:\n{draft}"},
        {"first_user_text": f"Here is my own draft, make it better.\n{draft}"},
        {"first_user_text": "Please proofread my draft."},  # no draft in it
        {"first_user_text": f"Write one. My background: {draft}"},
    ]
    found = answers("own_draft_proofread", rows, entry_points=["own_draft"])
    assert [f for f, _, _ in found] == ["true", "false", "true", "true", "false", "false"]
    assert found[2][2] == "proofread"


def test_own_context_is_what_is_left_without_default_prompt_and_pasted_draft() -> None:
    fact = "I only take two clients at once so nobody has to wait for me."  # 14 words
    draft = "---\n" + "word " * 60 + "\n---"
    values = [
        PROMPT,
        f"{PROMPT} {fact}",
        f"Proofread my draft:\n{draft}",
        f"{fact}\n{draft}",
        f"Fix this draft:\n{'word ' * 60}",
        "Write me one, please.",
    ]
    found = flags("added_custom_context", "first_user_text", values, prompts=[PROMPT], words=12)
    assert found == ["false", "true", "false", "true", "false", "false"]


def test_a_closing_thanks_is_no_second_turn() -> None:
    rows: list[dict[str, Any]] = [
        {"n_user_messages": 2, "n_answered_user_messages": 1},
        {"n_user_messages": 3, "n_answered_user_messages": 2},
        {"n_user_messages": 0, "n_answered_user_messages": 0},
    ]
    found = answers("multi_turn", rows)
    assert [flag for flag, _, _ in found] == ["false", "true", "not_applicable"]
    assert found[1][2] == "2 answered requests"


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("Dear Hiring Manager,\nI am", "true"),
        ("Dear Sir/Madam,", "true"),
        ("To whom it may concern: I", "true"),
        ("Hello there,\n", "true"),
        ("hi!\nI", "true"),
        ("Hello,", "true"),
        ("**Hello,**", "true"),
        ("Dear Ann,", "false"),
        ("Hi Therese,", "false"),
        ("Hello from Lisbon,", "false"),
        ("I answered a Dear Sir letter.", "false"),
    ],
)
def test_a_greeting_is_generic_when_it_names_nobody(text: str, flag: str) -> None:
    assert flags("generic_greeting", "final_output", [text]) == [flag]


def test_a_list_has_at_least_two_items() -> None:
    values = [
        "I do:\n- one\n- two",
        "1. one\n2. two",
        "* one\n\n* two",
        "  \u2022 one\n  \u2022 two",
        "- only one",
        "one - two\nthree - four",
        "-5 degrees\n-6 degrees",
    ]
    assert flags("has_bullet_list", "final_output", values) == ["true"] * 4 + ["false"] * 3


def test_a_question_is_a_sentence_with_a_question_mark() -> None:
    values = [
        "Hi Ann. When do you start?",
        "When (if at all)?",
        "See x.com/?a=1 for it.",
        "No.",
        "?",
    ]
    found = answers("question_to_client", [{"final_output": value} for value in values])
    assert [flag for flag, _, _ in found] == ["true", "true", "false", "false", "false"]
    assert found[0][2] is not None
    assert found[0][2].strip() == "When do you start?"


def test_availability_is_hours_or_a_start() -> None:
    values = [
        "I have 20 hours a week.",
        "I can start on Monday.",
        "I am available immediately.",
        "I work full-time.",
        "Start with the shop page.",
        "It took 20 hours.",
        "The files are available.",
    ]
    assert flags("mentions_availability", "final_output", values) == ["true"] * 4 + ["false"] * 3


def test_requirements_are_counted_by_share_of_the_words_the_post_lists() -> None:
    post = "Shop\nRequirements: React, TypeScript, strong CSS skills\nBudget: open"
    bulleted = "Must-haves:\n- React\n- TypeScript\n- CSS\n\nApply soon"
    rows: list[dict[str, Any]] = [
        {"job_text": post, "final_output": "REACT and css, yes."},
        {"job_text": bulleted, "final_output": "React, CSS."},
        {"job_text": post, "final_output": "React only, strong skills."},
        {"job_text": "A shop needs help.", "final_output": "React."},
    ]
    found = answers("mentions_job_requirements", rows, share=0.5)
    assert found[0] == ("true", "rule_matched", "2 of 3: css, react")
    assert found[1][0] == "true"
    assert found[2] == ("false", "rule_not_matched", "1 of 3: react")
    assert found[3] == ("not_applicable", "no_requirements_listed", None)


def test_skills_come_from_the_profile() -> None:
    rows: list[dict[str, Any]] = [
        {"profile_text": "Ann\nSkills: C++, Node.js, R", "final_output": "I use C++ and node.js."},
        {"profile_text": "Ann\nSkills: C++, Node.js, R", "final_output": "I use C and Perl."},
        {"profile_text": "Ann", "final_output": "I use C++."},
    ]
    found = answers("mentions_profile_skills", rows, share=0.5)
    assert found[0] == ("true", "rule_matched", "2 of 3: c++, node.js")
    assert found[1][0] == "false"
    assert found[2][1] == "no_skills_listed"


def test_generic_rules_count_messages_find_patterns_tools_and_entry_points() -> None:
    rows: list[dict[str, Any]] = [
        {"n_user_messages": 3, "n_assistant_messages": 2, "tool_names": ["search"],
         "entry_point": "menu", "user_text": "Refund me"},
        {"tool_names": None, "user_text": ""},
    ]  # fmt: skip
    assert [a[0] for a in answers("user_messages_at_least", rows, count=3)] == ["true", "false"]
    assert [a[0] for a in answers("assistant_messages_over", rows, count=1)] == ["true", "false"]
    assert answers("mentions", rows, part="user", pattern="(?i)refund") == [
        ("true", "rule_matched", "Refund"),
        ("not_applicable", "no_user_message", None),
    ]
    assert answers("tool_called", rows, name="search") == [
        ("true", "rule_matched", "search"),
        ("not_applicable", "no_tool_log", None),
    ]
    assert answers("entry_point_is", rows, value="menu") == [
        ("true", "rule_matched", "menu"),
        ("not_applicable", "no_entry_point", None),
    ]


def test_evidence_is_one_line_of_at_most_120_characters() -> None:
    [(_, _, evidence)] = answers("mentions", [{"final_output": "a\n" * 300}], pattern="(?s)a.*")
    assert evidence is not None
    assert len(evidence) == 120
    assert "\n" not in evidence


@pytest.mark.parametrize(
    ("rule", "params", "words"),
    [
        ("nope", {}, ["'nope'", "words_over"]),
        ("words_over", {"word": 3}, ["words_over", "'word'", "part='final_output', words"]),
        ("words_over", {}, ["missing", "words"]),
        ("words_over", {"words": "3"}, ["whole number"]),
        ("words_over", {"words": True}, ["whole number"]),
        ("words_over", {"words": 3, "part": "title"}, ["final_output", "'title'"]),
        ("mentions", {"pattern": "("}, ["pattern", "mentions", "unclosed group"]),
        ("clicked_default", {"prompts": PROMPT}, ["list of strings"]),
        ("mentions_job_requirements", {"share": 0}, ["share"]),
        ("entry_point_is", {"value": ""}, ["entry point"]),
        ("has_bullet_list", {"x": 1}, ["Its params: none"]),
    ],
)
def test_a_rubric_mistake_names_the_rule_and_the_fix(
    rule: str, params: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"[Rr]ule") as caught:
        heuristic_flags(texts({}), [("m", rule, params)])
    assert all(word in str(caught.value) for word in words)


def test_reasons_are_a_closed_set() -> None:
    empty = {name: None for name in SCHEMA if name != "conversation_id"}
    needed: dict[str, dict[str, Any]] = {
        "words_over": {"words": 1}, "words_under": {"words": 1}, "mentions": {"pattern": "x"},
        "user_messages_at_least": {"count": 1}, "assistant_messages_over": {"count": 1},
        "tool_called": {"name": "x"}, "entry_point_is": {"value": "x"},
        "attribute_at_least": {"path": "x", "value": 1},
    }  # fmt: skip
    metrics = [(name, name, needed.get(name, {})) for name in RULES]
    frame = heuristic_flags(texts({}, empty), metrics)
    assert set(frame["reason"]) <= set(REASONS)
    assert set(frame["flag"]) <= {"true", "false", "not_applicable"}
    assert frame.filter(conversation_id="c1")["flag"].unique().to_list() == ["not_applicable"]


def test_a_logged_number_is_compared_and_its_absence_is_not_zero() -> None:
    rows: list[dict[str, Any]] = [
        {"attributes": '{"meta":{"queries":2}}'},
        {"attributes": '{"meta":{"queries":1}}'},
        {"attributes": '{"meta":{}}'},
    ]
    found = answers("attribute_at_least", rows, path="meta.queries", value=2)
    assert [(flag, reason) for flag, reason, _ in found] == [
        ("true", "rule_matched"),
        ("false", "rule_not_matched"),
        ("not_applicable", "no_attribute"),
    ]
