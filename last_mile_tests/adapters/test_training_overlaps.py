"""training_overlaps of literal texts: copies of other conversations, copies of evaluations.

Not here: texts made at random, with copies planted in them (test_planted_copies.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from last_mile_tests.adapters.overlap_tables import Overlap, overlaps, text_row
from last_mile_tests.adapters.training_tables import said

PLAIN = "I can start on Monday and will send you a first sketch by Friday"  # 14 words
EIGHTS = [" ".join(f"{letter}{i}" for i in range(8)) for letter in "abcdef"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all: making the tables takes longer than a test, and `overlaps` empties them."""
    return tmp_path_factory.mktemp("home")


def test_case_punctuation_and_spaces_make_no_difference_and_the_test_set_keeps_its_text(
    home: Path,
) -> None:
    rows = [
        text_row("a", f"  {PLAIN.upper()}!"),
        text_row("b", f"{PLAIN}."),
        text_row("c", PLAIN.replace(" ", "\n- ")),
        text_row("d", "A text of its own, which nobody else wrote."),
    ]
    found = overlaps(home, rows, {"b": "holdout", "c": "test"})
    kept = Overlap("exact_duplicate", "c", 1.0)
    assert found == {"a": kept, "b": kept}


def test_in_one_split_the_smaller_id_is_kept(home: Path) -> None:
    rows = [text_row("b", PLAIN), text_row("a", PLAIN), text_row("c", PLAIN)]
    found = overlaps(home, rows, dict.fromkeys("abc", "test"))
    kept = Overlap("exact_duplicate", "a", 1.0)
    assert found == {"b": kept, "c": kept}


def test_nearly_the_same_is_three_fifths_of_all_shingles(home: Path) -> None:
    words = PLAIN.split()
    rows = [
        text_row("a", PLAIN),  # 12 shingles
        # the last word changed: 11 in common of 13
        text_row("b", " ".join([*words[:-1], "Sunday"])),
        # the seventh changed: 9 in common of 15 = .6
        text_row("c", " ".join([*words[:6], "shall", *words[7:]])),
    ]
    assert overlaps(home, rows) == {
        "b": Overlap("near_duplicate", "a", 11 / 13),
        "c": Overlap("near_duplicate", "a", 0.6),
    }


def test_less_than_three_fifths_is_another_text(home: Path) -> None:
    rows = []
    for letter in "abcde":  # MinHash finds a pair like this with .84: not all five are overlooked
        words = [f"{letter}{i}" for i in range(13)]
        rows.append(text_row(f"{letter}1", " ".join(words)))
        # 11 shingles each; the seventh word changed: 8 in common of 14 = .571
        rows.append(text_row(f"{letter}2", " ".join([*words[:6], "shall", *words[7:]])))
    assert overlaps(home, rows) == {}


def test_an_own_draft_is_no_duplicate_but_a_copy_of_it_elsewhere_is(home: Path) -> None:
    rows = [
        text_row("a", f"{PLAIN} morning", draft=PLAIN),
        text_row("b", "A text of its own, which nobody else wrote.", draft=PLAIN),
        {
            **text_row("c", "And one more that is not like any other.", PLAIN),
            "unpaired": "another_task",
        },
    ]
    # the draft of c is in no pair: it is not trained on
    assert overlaps(home, rows) == {"b": Overlap("exact_duplicate", "a", 1.0)}


def test_a_draft_of_train_that_copies_an_answer_of_the_test_set_goes(home: Path) -> None:
    rows = [
        text_row("a", "A text of its own, which nobody else wrote.", draft=f"Hi, {PLAIN}"),
        text_row("b", PLAIN),
    ]
    # 12 shingles and one more
    near = Overlap("near_duplicate", "b", 12 / 13)
    assert overlaps(home, rows, {"b": "test"}) == {"a": near}


def test_texts_too_short_for_a_shingle_are_compared_whole(home: Path) -> None:
    said_ = {
        "a": "Thank you",
        "b": "thank you!",
        "c": "Thank her",
        "d": "👍",
        "e": "👎",
        "f": "👍 ",
    }
    found = overlaps(home, [text_row(name, text) for name, text in said_.items()])
    exact = "exact_duplicate"
    assert found == {"b": Overlap(exact, "a", 1.0), "f": Overlap(exact, "d", 1.0)}


def test_a_short_answer_to_another_question_is_no_duplicate(home: Path) -> None:
    asked = {"a": "Is it open?", "b": "Is it far?", "c": "is it open"}
    rows = [
        {**text_row(name, "Yes."), "prompt": said(("user", question)),
         "draft_prompt": said(("user", question))}
        for name, question in asked.items()
    ]  # fmt: skip
    assert overlaps(home, rows) == {"c": Overlap("exact_duplicate", "a", 1.0)}


def test_the_copy_of_a_copy_goes_as_well(home: Path) -> None:
    words = [f"w{i}" for i in range(40)]
    longer = [*words, *(f"x{i}" for i in range(20))]
    longest = [*longer, *(f"y{i}" for i in range(20))]
    said_ = {"a": words, "b": longer, "c": longest}
    rows = [text_row(name, " ".join(text)) for name, text in said_.items()]
    # 38, 58 and 78 shingles: a in b 38/58 = .655, b in c 58/78 = .744, a in c 38/78 = .487
    assert overlaps(home, rows) == {
        "b": Overlap("near_duplicate", "a", 38 / 58),
        "c": Overlap("near_duplicate", "b", 58 / 78),
    }


def test_words_of_any_script_are_compared(home: Path) -> None:
    rows = [
        text_row("a", "Ich prüfe Ihre Übersetzung gründlich, Wort für Wort."),
        text_row("b", "ich prüfe ihre übersetzung gründlich wort für wort"),
        text_row("c", "我可以在星期一开始工作并在星期五之前给你第一份草稿。"),
        text_row("d", "我可以在星期一开始工作,并在星期五之前给你第一份草案"),
        text_row("e", "Я могу начать в понедельник."),
        text_row("f", "Я могу начать во вторник."),
    ]
    found = overlaps(home, rows)
    # 24 characters, 22 shingles, the last one changed: 21/23
    assert found == {
        "b": Overlap("exact_duplicate", "a", 1.0),
        "d": Overlap("near_duplicate", "c", 21 / 23),
    }


def test_what_is_no_training_text_neither_goes_nor_makes_others_go(home: Path) -> None:
    dropped = {"dropped": "tool_messages", "prompt": None, "answer": None, "pair_rule": None}
    rows = [text_row("a", PLAIN), {**text_row("b", PLAIN), **dropped}, text_row("c", PLAIN)]
    assert overlaps(home, rows, {"a": None}) == {}


def test_more_than_half_of_an_items_words_in_one_conversation_contaminates_it(
    home: Path,
) -> None:
    item = f"{EIGHTS[0]} {EIGHTS[1]}"  # 16 words
    rows = [
        text_row("half", f"{PLAIN} {EIGHTS[0]}"),  # 8 of 16
        text_row("nine", f"{EIGHTS[0].upper()}, b0 and then something else."),  # 9 of 16
        text_row("rest", f"So: {EIGHTS[1]}"),  # the other half: not of one conversation
        text_row("both", "Nothing.", draft=EIGHTS[0], prompt=f"Say {EIGHTS[1]}"),
        text_row("seven", " ".join(item.split()[1:8]) + " x " + " ".join(item.split()[9:])),
        text_row("test", item),
    ]
    found = overlaps(home, rows, {"test": "test"}, ["short and never found", item])
    assert found == {
        "nine": Overlap("contaminated", "e.txt#2", 9 / 16),
        "both": Overlap("contaminated", "e.txt#2", 1.0),
    }


def test_items_of_less_than_eight_words_match_nothing(home: Path) -> None:
    item = " ".join(EIGHTS[0].split()[:7])
    assert overlaps(home, [text_row("a", item)], items=[item]) == {}
    assert set(overlaps(home, [text_row("a", EIGHTS[0])], items=[EIGHTS[0]])) == {"a"}


def test_answers_of_labelled_conversations_are_evaluation_but_not_what_users_said(
    home: Path,
) -> None:
    messages = [
        {"role": "user", "content": EIGHTS[0]},
        {"role": "assistant", "content": EIGHTS[1]},
        {"role": "assistant", "content": None},
    ]
    labels = [{"conversation_id": "x", "messages": messages, "final_output": EIGHTS[2]}]
    rows = [text_row(f"c{i}", f"{PLAIN if i else 'My'} own {EIGHTS[i]}") for i in range(4)]
    found = overlaps(home, rows, {"c3": "test"}, labels=labels)
    contaminated = Overlap("contaminated", "label set", 1.0)
    assert found == {"c1": contaminated, "c2": contaminated}


def test_a_phrase_of_the_product_contaminates_nothing(home: Path) -> None:
    system = f"{EIGHTS[0]} {EIGHTS[1]} {EIGHTS[2]}"
    rows = [
        {
            **text_row(f"c{i:03}", f"Text number {i}"),
            "prompt": said(("system", system), ("user", "?")),
        }
        for i in range(101)
    ]
    assert len(overlaps(home, rows[:100], items=[system])) == 100
    assert overlaps(home, rows, items=[system]) == {}
    # What else stands in such an item counts. Grams 1 to 17 of the item are the product's, 18 to 25
    # span the last 15 of its 32 words; half of 32 are the least that counts: 15/16 and 8/16
    rows += [text_row("copy", f"{system} {EIGHTS[3]}"), text_row("other", EIGHTS[3])]
    found = overlaps(home, rows, items=[f"{system} {EIGHTS[3]}"])
    assert found == {"copy": Overlap("contaminated", "e.txt#1", 15 / 16)}


def test_of_several_items_the_one_that_is_covered_best_is_named(home: Path) -> None:
    items = [f"{EIGHTS[0]} and more", f"{EIGHTS[0]} more", EIGHTS[1]]
    found = overlaps(home, [text_row("a", EIGHTS[0])], items=items)
    assert found == {"a": Overlap("contaminated", "e.txt#2", 8 / 9)}
