"""How a long conversation is cut: one text with head and tail, the final output always whole.

Sizes are characters of all texts: content, roles, names, ids, documents, the final output; marks
and notes, which stand for what is left out, are not counted. The ends of names and ids that are cut
are left out without a mark.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge.cutting import MARK, Shown, shown_of
from last_mile_tests.scenario import message

WORDS = st.text("abc \n", max_size=120)
NAME = st.none() | WORDS | st.integers(198, 300).map(lambda n: "n" * (n - 1) + "!")
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool"]), "content": st.none() | WORDS},
    optional={"name": NAME, "tool_calls": WORDS},
)
DOCUMENT = st.fixed_dictionaries({"doc_id": NAME, "text": WORDS})
CONVERSATION = st.fixed_dictionaries(
    {
        "messages": st.lists(MESSAGE, max_size=8),
        "context": st.lists(DOCUMENT, max_size=4),
        "final_output": st.none() | WORDS,
    }
)
LIMIT = st.integers(0, 900)


def _said(*messages: dict[str, Any], final: str | None = None, **over: Any) -> dict[str, Any]:
    return {"messages": list(messages), "context": [], "final_output": final, **over}


_MARK = re.compile(r"\[… ([\d,]+) characters left out …\]")
_LONG = ("text", "content", "tool_calls")  # the fields that are cut


def _without_marks(text: str) -> str:
    return _MARK.sub("", text)


def _characters(part: dict[str, Any], *but: str) -> int:
    """Of all texts of a part; what is noted as left out is no text."""
    texts = (v for k, v in part.items() if isinstance(v, str) and k not in but)
    return sum(len(_without_marks(text)) for text in texts)


def _kept(shown: Shown) -> int:
    parts = [*shown.context, *shown.messages]
    return sum(map(_characters, parts)) + len(shown.final_output or "")


def _total(talk: dict[str, Any]) -> int:
    parts = [*talk["context"], *talk["messages"]]
    return sum(map(_characters, parts)) + len(talk["final_output"] or "")


def _named(part: dict[str, Any]) -> dict[str, Any]:
    """A part as it is shown when nothing is cut but its names and ids."""
    return {k: v if k in _LONG else v[:200] for k, v in part.items() if v is not None}


def _all_named(talk: dict[str, Any]) -> dict[str, Any]:
    parts = {name: [_named(part) for part in talk[name]] for name in ("messages", "context")}
    return {**talk, **parts}


def _said_to_be_gone(shown: Shown) -> int:
    """Characters that notes and marks say are left out."""
    parts = [*shown.context, *shown.messages]
    notes: int = sum(part.get("left_out", {}).get("characters", 0) for part in parts)
    texts = (text for part in parts for text in part.values() if isinstance(text, str))
    return notes + sum(int(n.replace(",", "")) for text in texts for n in _MARK.findall(text))


def _is_cut_from(shown: str, text: str) -> bool:
    """Whether it is the text, or its beginning and its end with a mark that says what is gone."""
    head, *rest = _MARK.split(shown)
    if not rest:
        return shown == text
    gone, tail = rest
    whole = len(head) + len(tail) + int(gone.replace(",", "")) == len(text)
    return whole and text.startswith(head) and text.endswith(tail)


@given(CONVERSATION)
def test_a_conversation_within_the_limit_is_whole(talk: dict[str, Any]) -> None:
    whole = _all_named(talk)
    messages = [{"index": i, **part} for i, part in enumerate(whole["messages"])]
    cut = _total(talk) - _total(whole)
    expected = Shown(whole["context"], messages, talk["final_output"], cut)
    assert shown_of(talk, _total(whole)) == expected


@given(CONVERSATION, LIMIT)
def test_the_final_output_is_always_whole(talk: dict[str, Any], limit: int) -> None:
    assert shown_of(talk, limit).final_output == talk["final_output"]


@given(CONVERSATION, LIMIT)
def test_kept_and_left_out_are_the_total_and_notes_and_marks_say_all_but_the_ends_of_names(
    talk: dict[str, Any], limit: int
) -> None:
    shown = shown_of(talk, limit)
    assert _kept(shown) + shown.cut_characters == _total(talk)
    assert _said_to_be_gone(shown) == _total(_all_named(talk)) - _kept(shown)


@given(CONVERSATION, LIMIT)
def test_every_shown_part_has_its_names_up_to_200_characters_and_the_ends_of_its_long_fields(
    talk: dict[str, Any], limit: int
) -> None:
    shown = shown_of(talk, limit)
    said = [part for part in shown.messages if "role" in part]
    indices = [part["index"] for part in said]
    assert indices == sorted(set(indices))
    pairs = [
        (part, {"index": i, **talk["messages"][i]}) for i, part in zip(indices, said, strict=True)
    ]
    documents = [part for part in shown.context if "text" in part]
    pairs += zip(documents, talk["context"], strict=False)  # the last ones are left out
    for part, whole in pairs:
        index = {"index": whole.pop("index")} if "index" in whole else {}
        named = {**index, **_named(whole)}
        assert list(part) == list(named)
        for name, value in named.items():
            if name in _LONG:
                assert _is_cut_from(part[name], value)
            else:
                assert part[name] == value


@given(CONVERSATION, LIMIT)
def test_of_the_documents_the_first_are_shown_and_one_note_says_how_many_are_not(
    talk: dict[str, Any], limit: int
) -> None:
    shown = shown_of(talk, limit).context
    notes = [i for i, part in enumerate(shown) if "left_out" in part]
    assert notes in ([], [len(shown) - 1])
    missing = shown[-1]["left_out"]["documents"] if notes else 0
    assert len(shown) - len(notes) + missing == len(talk["context"])


@given(CONVERSATION, LIMIT)
def test_the_messages_left_out_are_the_ones_between_head_and_tail(
    talk: dict[str, Any], limit: int
) -> None:
    shown = shown_of(talk, limit).messages
    notes = [i for i, part in enumerate(shown) if "role" not in part]
    assert len(notes) <= 1
    seen = [part["index"] for part in shown if "role" in part]
    missing = shown[notes[0]]["left_out"]["messages"] if notes else 0
    assert missing == len(talk["messages"]) - len(seen)
    head = seen[: notes[0]] if notes else seen
    assert head == list(range(len(head)))
    assert seen[len(head) :] == list(range(len(head) + missing, len(talk["messages"])))


@given(CONVERSATION, LIMIT)
def test_a_cut_conversation_fills_the_limit_and_exceeds_it_by_short_fields_at_the_cuts_alone(
    talk: dict[str, Any], limit: int
) -> None:
    room = max(limit, len(talk["final_output"] or ""))
    shown, talk = shown_of(talk, limit), _all_named(talk)
    if _total(talk) <= limit:
        assert _kept(shown) == _total(talk)
        return
    # Role, name and id of the messages on both sides of the gap and of the last document are shown
    short = {
        name: max((_characters(part, *_LONG) for part in talk[name]), default=0)
        for name in ("messages", "context")
    }
    assert room <= _kept(shown) <= room + 2 * short["messages"] + short["context"]


@given(st.lists(st.text("ab", max_size=50), max_size=9), st.integers(0, 300))
def test_without_short_fields_the_first_third_and_the_last_two_thirds_are_shown_exactly(
    texts: list[str], limit: int
) -> None:
    whole = "".join(texts)
    shown = shown_of(_said(*[{"content": text} for text in texts]), limit)
    seen = "".join(_without_marks(part.get("content", "")) for part in shown.messages)
    head = limit // 3
    expected = whole if len(whole) <= limit else whole[:head] + whole[len(whole) - limit + head :]
    assert seen == expected


def test_ids_of_many_documents_do_not_take_more_than_a_quarter() -> None:
    # 1,000 characters: messages of 500 and 100 documents of 100 + 10. Documents get the other 500:
    # 4 x 110 = 440, and of the fifth the id, which goes on to 540. 95 x 110 = 10,450 are left out.
    documents = [{"doc_id": f"{i:0100d}", "text": "t" * 10} for i in range(100)]
    shown = shown_of(_said(message("user", "q" * 496), context=documents), 1_000)
    assert shown.context == [
        *documents[:4],
        {**documents[4], "text": MARK.format(10)},
        {"left_out": {"documents": 95, "characters": 10_450}},
    ]
    assert [part.get("content") for part in shown.messages] == ["q" * 496]
    assert shown.cut_characters == 10_460


@pytest.mark.parametrize("limit", [2_000, 10**9])
@pytest.mark.parametrize("field", ["role", "name", "tool_call_id", "at"])
def test_of_a_long_name_or_id_200_characters_are_shown_whatever_the_limit(
    field: str, limit: int
) -> None:
    said = {**message("user", "Hi"), field: "n" * 100_000}
    shown = shown_of(_said(said, message("assistant", "So.")), limit)
    assert shown.messages == [
        {"index": 0, **said, field: "n" * 200},
        {"index": 1, **message("assistant", "So.")},
    ]
    assert shown.cut_characters == 99_800


@pytest.mark.parametrize("limit", [2_000, 10**9])
def test_of_a_long_id_of_a_document_200_characters_are_shown_whatever_the_limit(limit: int) -> None:
    talk = _said(message("user", "Hi"), context=[{"doc_id": "n" * 201, "text": "t" * 300}])
    shown = shown_of(talk, limit)
    assert shown.context == [{"doc_id": "n" * 200, "text": "t" * 300}]
    assert shown.cut_characters == 1


def test_what_is_cut_of_names_and_of_texts_is_counted_together() -> None:
    # Two messages of 200 + 300, their names 100 longer. Room 400: head 133, tail 267. The name of
    # the first goes beyond the head, so all 300 of its content are left out; of the second's, 33.
    said = [{"name": letter * 300, "content": letter * 300} for letter in "ab"]
    shown = shown_of(_said(*said), 400)
    assert shown.messages == [
        {"index": 0, "name": "a" * 200, "content": MARK.format(300)},
        {"index": 1, "name": "b" * 200, "content": MARK.format(33) + "b" * 267},
    ]
    assert shown.cut_characters == 2 * 100 + 300 + 33


def test_a_third_of_the_room_goes_to_the_head_and_two_thirds_to_the_tail() -> None:
    # Messages of 4 + 96 = 100. Room 700 - 100 of the final output = 600: 200 head, 400 tail.
    talk = _said(*[message("user", f"{i:02d}" + "x" * 94) for i in range(20)], final="f" * 100)
    shown = shown_of(talk, 700)
    assert [part.get("index") for part in shown.messages] == [0, 1, None, 16, 17, 18, 19]
    assert shown.messages[2] == {"left_out": {"messages": 14, "characters": 1_400}}
    assert shown.cut_characters == 1_400


def test_a_message_at_the_cut_keeps_its_beginning_in_the_head_and_its_end_in_the_tail() -> None:
    # Two messages of 4 + 400. Room 300: head 100 = 4 + 96, tail 200; the role of the second, 4,
    # is shown beyond the room. 304 + 200 = 504 are left out.
    talk = _said(message("user", "a" * 200 + "b" * 200), message("user", "c" * 200 + "d" * 200))
    shown = shown_of(talk, 300)
    assert [part["content"] for part in shown.messages] == [
        "a" * 96 + "[… 304 characters left out …]",
        "[… 200 characters left out …]" + "d" * 200,
    ]
    assert [part["role"] for part in shown.messages] == ["user", "user"]
    assert shown.cut_characters == 504


def test_what_is_left_out_inside_messages_and_between_them_is_counted_together() -> None:
    # Three messages of 4 + 96 = 100. Room 120: head 40 = 4 + 36, tail 80 of the last one's 96, and
    # its role beyond the room: 60 + 100 + 16 = 176 are left out.
    shown = shown_of(_said(*[message("user", letter * 96) for letter in "abc"]), 120)
    assert shown.messages == [
        {"index": 0, "role": "user", "content": "a" * 36 + MARK.format(60)},
        {"left_out": {"messages": 1, "characters": 100}},
        {"index": 2, "role": "user", "content": MARK.format(16) + "c" * 80},
    ]
    assert shown.cut_characters == 176


def test_a_mark_counts_with_thousands_separators() -> None:
    assert MARK.format(1_234_567) == "[… 1,234,567 characters left out …]"


def test_a_final_output_longer_than_the_limit_stands_alone_with_a_note() -> None:
    talk = _said(message("user", "Write."), message("assistant", "So."), final="f" * 500)
    # "user" + "Write." = 10, "assistant" + "So." = 12
    assert shown_of(talk, 100) == Shown(
        [], [{"left_out": {"messages": 2, "characters": 22}}], "f" * 500, 22
    )


def test_documents_get_a_quarter_of_the_room_each_its_beginning_in_their_order() -> None:
    # Room 1,000, a quarter: 250. The first document is 100 whole, the second 4 + 146 of 404.
    documents = [{"doc_id": "job", "text": "j" * 97}, {"doc_id": "note", "text": "n" * 400}]
    talk = _said(message("user", "q" * 2_000), final=None, context=documents)
    shown = shown_of(talk, 1_000)
    assert shown.context == [
        documents[0],
        {"doc_id": "note", "text": "n" * 146 + "[… 254 characters left out …]"},
    ]
    # Messages have the other 750: 250 = 4 + 246 and 500 of 2,000.
    assert shown.messages[0]["content"] == "q" * 246 + MARK.format(1_254) + "q" * 500
    assert shown.cut_characters == 254 + 1_254


def test_documents_beyond_their_room_are_counted_in_a_note() -> None:
    # Room 1,000, a quarter: 250 = 2 x 100 + 2 + 48 of the third; two of 100 follow.
    documents = [{"doc_id": f"d{i}", "text": "t" * 98} for i in range(5)]
    shown = shown_of(_said(message("user", "q" * 2_000), context=documents), 1_000)
    assert shown.context == [
        *documents[:2],
        {"doc_id": "d2", "text": "t" * 48 + MARK.format(50)},
        {"left_out": {"documents": 2, "characters": 200}},
    ]


def test_messages_may_use_the_room_that_documents_do_not_need() -> None:
    # Room 1,000, documents 3 + 7: messages 990, a third 330 = 4 + 326, and 660 of the 2,000.
    talk = _said(message("user", "q" * 2_000), context=[{"doc_id": "job", "text": "j" * 7}])
    shown = shown_of(talk, 1_000)
    assert shown.context == talk["context"]
    assert shown.messages[0]["content"] == "q" * 326 + MARK.format(1_014) + "q" * 660


def test_documents_may_use_the_room_that_messages_do_not_need() -> None:
    # Room 1,000, messages 104: documents 896 = 3 + 893.
    talk = _said(message("user", "q" * 100), context=[{"doc_id": "job", "text": "j" * 5_000}])
    shown = shown_of(talk, 1_000)
    assert shown.context[0]["text"] == "j" * 893 + MARK.format(4_107)
    assert shown.messages == [{"index": 0, **message("user", "q" * 100)}]


def test_messages_that_fit_beside_cut_documents_are_whole() -> None:
    # Room 1,000, messages 104 + 109: documents get the other 787, and the messages all they need.
    said = [message("user", "q" * 100), message("assistant", "a" * 100)]
    shown = shown_of(_said(*said, context=[{"doc_id": "job", "text": "j" * 5_000}]), 1_000)
    assert shown.messages == [{"index": i, **each} for i, each in enumerate(said)]


def test_one_long_message_may_use_all_the_room() -> None:
    # Limit 60,000: a third, 20,000 = 4 + 19,996, and 40,000; 100,004 - 60,000 are left out.
    shown = shown_of(_said(message("user", "q" * 60_000 + "r" * 40_000)), 60_000)
    assert shown.messages[0]["content"] == "q" * 19_996 + MARK.format(40_004) + "r" * 40_000
    assert (_kept(shown), shown.cut_characters) == (60_000, 40_004)


def test_a_long_tool_call_at_the_end_is_cut_as_the_end_of_the_one_text_it_is() -> None:
    # 4 + 4,000, 9 + 500 and 9 + 5,000. Room 3,000: head 1,000 = 4 + 996, and the last 2,000 of the
    # call; the answer before it lies in the gap.
    call = message("assistant", None, tool_calls="b" * 3_000 + "c" * 2_000)
    talk = _said(message("user", "q" * 4_000), message("assistant", "a" * 500), call)
    assert shown_of(talk, 3_000).messages == [
        {"index": 0, "role": "user", "content": "q" * 996 + MARK.format(3_004)},
        {"left_out": {"messages": 1, "characters": 509}},
        {"index": 2, "role": "assistant", "tool_calls": MARK.format(3_000) + "c" * 2_000},
    ]


def test_a_message_cut_in_both_of_its_long_fields_has_a_mark_in_each() -> None:
    # 9 + 300 + 300. Room 300: head 100 = 9 + 91 of the content, the last 200 of the call.
    said = message("assistant", "a" * 300, tool_calls="c" * 300)
    assert shown_of(_said(said), 300).messages == [
        {
            "index": 0, "role": "assistant", "content": "a" * 91 + MARK.format(209),
            "tool_calls": MARK.format(100) + "c" * 200,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [5, 100], ids=["cut", "whole"])
def test_absent_fields_of_messages_and_documents_are_left_out_and_are_no_cut(limit: int) -> None:
    talk = _said(message("user", None, name=None), context=[{"doc_id": None, "text": "t"}])
    assert shown_of(talk, limit) == Shown([{"text": "t"}], [{"index": 0, "role": "user"}], None, 0)


def test_the_conversation_itself_is_not_changed() -> None:
    talk = _said(message("user", "q" * 400), context=[{"doc_id": "d", "text": "t" * 400}])
    shown_of(talk, 100)
    assert talk == _said(message("user", "q" * 400), context=[{"doc_id": "d", "text": "t" * 400}])
