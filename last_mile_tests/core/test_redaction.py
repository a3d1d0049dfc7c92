"""Redaction of texts: what is replaced by which placeholder, what must stay, hashed user ids."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from last_mile.core.conversation import conversation_from
from last_mile.core.redaction import (
    KINDS,
    Redactor,
    hash_user,
    hashed_user,
    names_in,
    policy_id,
    redact,
    redacted_bytes,
    users_hashed,
)
from last_mile_tests.scenario import conversation, message


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Write to ann.lee+jobs@mail.example.co.uk now", "Write to <EMAIL_1> now"),
        ("Mail (ann@example.com), please.", "Mail (<EMAIL_1>), please."),
        ("I am at ann@example.com.", "I am at <EMAIL_1>."),
        ("mailto:ann_lee-2@example.org", "mailto:<EMAIL_1>"),
        ("See https://example.com/a?b=c&d=e#f.", "See <URL_1>."),
        ("See (http://example.com/cv) or www.example.org, ok?", "See (<URL_1>) or <URL_2>, ok?"),
        ('<a href="https://example.com/x">', '<a href="<URL_1>">'),
        ("Is it https://example.com/?", "Is it <URL_1>?"),
        ("Call +49 30 901820 today", "Call <PHONE_1> today"),
        ("Call +4930901820.", "Call <PHONE_1>."),
        ("+1 (555) 123-4567", "<PHONE_1>"),
        ("(555) 123-4567", "<PHONE_1>"),
        ("555-123-4567", "<PHONE_1>"),
        ("555.123.4567", "<PHONE_1>"),
        ("tel: 030 901820", "tel: <PHONE_1>"),
        ("+44 20 7946 0958", "<PHONE_1>"),
        ("+33 1 23 45 67 89", "<PHONE_1>"),
        ("Phone:\n+1 555 123 4567\nbye", "Phone:\n<PHONE_1>\nbye"),
        ("4111 1111 1111 1111", "<CARD_1>"),
        ("card 4111-1111-1111-1111, please", "card <CARD_1>, please"),
        ("378282246310005", "<CARD_1>"),  # 15 digits
    ],
)
def test_personal_data_is_replaced_by_a_typed_placeholder(text: str, redacted: str) -> None:
    assert Redactor().text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-01-05",
        "from 2026-01-05 to 2026-02-10",
        "at 2026-01-05T10:00:00Z",
        "at 2026-01-05 10:00:00",
        "at 2026-01-05T10:00:00.123+01:00",
        "on 05.01.2026 or 5.1.26",
        "on 01/05/2026",
        "in 2024-2026 and 2024 2025",
        "between 10:30-11:45",
        "for $1,250.00 or 1.250,00 EUR or 12.50",
        "a budget of 10000-15000 USD",
        "10 000 USD",
        "1767607200",
        "order 12345678",
        "ORD-2026-000123",
        "id 550e8400-e29b-41d4-a716-446655440000",
        "host 192.168.100.25 answers",
        "host 10.0.0.1:8080",
        "version 1.2.3.4",
        "4111 1111 1111 1112",  # the last digit makes Luhn's sum 31
        "1234567890123",  # 13 digits, no card: Luhn's sum is 55
        "ann at example dot com, @ann, a@b",
        "3 to 5 years, 100 %, 24-7",
    ],
)
def test_dates_ids_prices_and_addresses_of_machines_stay(text: str) -> None:
    redactor = Redactor()
    assert redactor.text(text) == text
    assert not redactor.counts


def test_the_same_text_has_the_same_placeholder_and_every_place_counts() -> None:
    redactor = Redactor()
    assert redactor.text("a@x.org b@x.org a@x.org") == "<EMAIL_1> <EMAIL_2> <EMAIL_1>"
    assert redactor.text("b@x.org https://x.org") == "<EMAIL_2> <URL_1>"
    assert redactor.counts == {"email": 4, "url": 1}
    assert redactor.counts.keys() <= set(KINDS)


def test_another_conversation_numbers_from_one_again() -> None:
    assert Redactor().text("b@x.org") == Redactor().text("a@x.org") == "<EMAIL_1>"


def test_values_are_redacted_to_any_depth_and_keys_stay() -> None:
    value = {"mail": ["a@x.org", {"again": "a@x.org"}], "n": 5, "is": True, "no": None}
    redacted = {"mail": ["<EMAIL_1>", {"again": "<EMAIL_1>"}], "n": 5, "is": True, "no": None}
    assert Redactor().value(value) == redacted


def test_a_person_has_one_placeholder_by_full_name_and_by_each_word() -> None:
    redactor = Redactor(["Ann Lee", "Bo Hansen", "Zoë"])
    text = "Ann Lee, Ann and Lee met Bo Hansen; Hansen met Zoë. Anna and Leeds stay, so does Bo."
    assert redactor.text(text) == (
        "<NAME_1>, <NAME_1> and <NAME_1> met <NAME_2>; <NAME_2> met <NAME_3>. "
        "Anna and Leeds stay, so does Bo."
    )
    assert redactor.counts == {"name": 6}


def test_names_come_from_lines_and_fields_of_the_context_documents() -> None:
    found, _ = conversation_from(
        conversation(
            context=[
                {"text": "Profile\nName: Ann Lee\nSkills: SQL\n  Client name = Bo Hansen"},
                {"text": "A name: is nothing here, no", "names": ["Cy Twombly", "Ann Lee", 5, " "]},
                {"text": "x", "names": "Dee Dee"},
                {"text": "filename: cv.pdf\r\nFull Name: Eve Adams\r\n"},
            ]
        )
    )
    assert names_in(found) == ["Ann Lee", "Bo Hansen", "Eve Adams", "Cy Twombly", "Dee Dee"]


def test_every_text_of_a_conversation_is_redacted_with_one_numbering() -> None:
    calls = [{"function": {"arguments": '{"to": "ann@example.com"}'}}]
    found, _ = conversation_from(
        conversation(
            messages=[
                message("user", "I am Ann Lee, ann@example.com", name="Ann"),
                message("assistant", None, tool_calls=calls),
                message("assistant", "Dear Bo, yours, Ann", note="see www.example.org"),
            ],
            context=[{"text": "Name: Ann Lee", "names": ["Ann Lee"]}],
            final_output="Ann: ann@example.com",
            ticket={"from": "ann@example.com"},
        )
    )
    counts = redact(found)
    first, second, third = found.messages
    assert (first.content, first.name) == ("I am <NAME_1>, <EMAIL_1>", "<NAME_1>")
    assert second.tool_calls is not None
    assert "<EMAIL_1>" in second.tool_calls
    assert third.content == "Dear Bo, yours, <NAME_1>"
    assert found.context is not None
    assert found.context[0].text == "Name: <NAME_1>"
    assert found.final_output == "<NAME_1>: <EMAIL_1>"
    assert found.attributes == {
        "ticket": {"from": "<EMAIL_1>"},
        "message_fields": {"2": {"note": "see <URL_1>"}},
        "context_fields": {"0": {"names": ["<NAME_1>"]}},
    }
    # e-mail: message 0, tool call, final output, ticket; name: message 0 and its author, message 2,
    # document, final output, the field `names`
    assert counts == {"email": 4, "name": 6, "url": 1}


def test_refused_bytes_lose_what_the_patterns_find_and_keep_every_other_byte() -> None:
    raw = b'{"a": "ann@example.com \xff\xfe", "b": "+1 555 123 4567", \x00 "c'
    assert redacted_bytes(raw) == b'{"a": "<EMAIL_1> \xff\xfe", "b": "<PHONE_1>", \x00 "c'


@pytest.mark.parametrize("before", [rb"\n", rb"\t", rb"\r\n", rb"\u0020"])
@pytest.mark.parametrize(
    "planted", [b"+1 555 123 4567", b"4111111111111111", b"www.example.org/ann"]
)
def test_an_escape_before_it_does_not_hide_personal_data_in_refused_json(
    before: bytes, planted: bytes
) -> None:
    assert planted not in redacted_bytes(b'{"content": "Reach me:' + before + planted + b'"}')


@pytest.mark.parametrize("unit", ["a", "7-", "(1) ", "x@"])
def test_a_long_text_without_a_space_costs_seconds_and_not_hours(unit: str) -> None:
    # Ten seconds of CPU time for what takes a tenth; a pattern that begins anew at every
    # character would need an hour, so the child is ended by the kernel and not by a clock here.
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (10, 10));"
        "from last_mile.core.redaction import Redactor; Redactor().text(sys.argv[1] * 2**17)"
    )
    done = subprocess.run([sys.executable, "-c", program, unit], check=False)
    assert done.returncode == 0


def test_a_hashed_user_is_the_same_under_a_salt_and_another_under_another() -> None:
    one = hashed_user("ann", b"salt")
    assert one == hashed_user("ann", b"salt")
    assert len({one, hashed_user("ann", b"pepper"), hashed_user("bo", b"salt")}) == 3
    assert re.fullmatch(r"[0-9a-f]{32}", one)
    # HMAC-SHA-256 of "what do ya want for nothing?" under "Jefe": RFC 4231, test case 2
    known = hashed_user("what do ya want for nothing?", b"Jefe")
    assert known == "5bdcc146bf60754e6a042426089575c7"


def test_a_hashed_user_is_hashed_wherever_the_conversation_repeats_the_id() -> None:
    found, _ = conversation_from(conversation(user_id="u-secret", meta={"by": ["u-secret", "u"]}))
    hash_user(found, b"salt")
    hashed = hashed_user("u-secret", b"salt")
    assert (found.user_id, found.attributes) == (hashed, {"meta": {"by": [hashed, "u"]}})


def test_user_fields_of_any_value_are_hashed_to_any_depth() -> None:
    value = {
        "user_id": "u-secret",
        "a": [{"userId": 70011223}, {"end_user": None}],
        "user.id": ["u-secret"],
        "user": {"id": "u-secret", "is_new": True},
        "attributes": [{"key": "user.id", "value": {"stringValue": "u-secret"}}],
        "messages": [{"role": "user", "content": "Hi"}],
    }
    hashed = users_hashed(value, b"salt")
    left = str(hashed)
    assert "secret" not in left
    assert "70011223" not in left
    assert left.count(hashed_user("u-secret", b"salt")) == 4
    assert hashed["messages"] == value["messages"]


def test_the_policy_changes_with_every_choice_and_does_not_tell_the_salt() -> None:
    choices = [(False, None), (True, None), (False, b"a"), (True, b"a"), (True, b"b"), (False, b"")]
    policies = {policy_id(redacts, salt) for redacts, salt in choices}
    assert len(policies | {policy_id(True, None, ["x"])}) == 7
    assert policy_id(True, b"a", ["x"]) == policy_id(True, b"a", ["x"])
