"""Whether a quote stands in its text: exact, repaired or unverified, and nothing looser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge.quotes import QuoteMatch, quote_match

TEXT = "Yes \u2014 I can start\ntoday, for \u20ac50. It\u2019s \u201cdone\u201d\u2026 STRASSE 7"


@pytest.mark.parametrize(
    ("quote", "match"),
    [
        ("Yes \u2014 I can start\ntoday", "exact"),
        ("\u20ac50.", "exact"),
        ("Yes \u2014 I can start today", "repaired"),  # white space
        ("  I can   start today ", "repaired"),
        ("yes \u2014 i CAN start", "repaired"),  # case
        ('It\'s "done"', "repaired"),  # quotes
        ("\u00abdone\u00bb", "repaired"),
        ("Yes - I can", "repaired"),  # dashes
        ("Yes \u2013 I can", "repaired"),
        ("...can start today...", "repaired"),  # an ellipsis at an end
        ("start today, for \u20ac50\u2026", "repaired"),
        ('"I can start today!"', "repaired"),  # the quote's own punctuation
        ("I can\u200b start", "repaired"),  # what is not seen
        ("stra\u00dfe 7", "repaired"),  # one letter in two spellings of its capital
        ("\uff29 can start", "repaired"),  # a full-width I
        ("I can't start", "unverified"),
        ("I can ... today", "unverified"),  # words left out in between
        ("start tomorrow", "unverified"),
        ("for $50", "unverified"),
        ("I can startoday", "unverified"),
        ("", "unverified"),
        (" ", "unverified"),
        ("\u2026", "unverified"),  # no letter or digit, though it stands there
        ("\u2014", "unverified"),
        ("\u20ac", "unverified"),
    ],
    ids=ascii,
)
def test_how_a_quote_is_found(quote: str, match: QuoteMatch) -> None:
    assert quote_match(quote, TEXT) == match


@pytest.mark.parametrize("text", ["", " ", "\u200b", "..."], ids=ascii)
def test_nothing_is_quoted_from_a_text_that_says_nothing(text: str) -> None:
    assert quote_match("I can", text) == "unverified"


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_part_of_a_text_with_a_letter_or_digit_is_exact(
    before: str, part: str, after: str
) -> None:
    exact = any(map(str.isalnum, part))
    assert quote_match(part, before + part + after) == ("exact" if exact else "unverified")


@given(st.lists(st.text("abcXYZ0189", min_size=1, max_size=8), min_size=1, max_size=6), st.data())
def test_white_space_case_and_surrounding_quotes_do_not_matter(
    words: list[str], data: st.DataObject
) -> None:
    gaps = st.text(" \t\n\u00a0", min_size=1, max_size=3).map(lambda gap: f"\u200b{gap}")
    spaced = "".join(word + data.draw(gaps) for word in words)
    mark = data.draw(st.sampled_from(['"{}"', "\u201c{}\u201d", "'{}'", "{}...", "{}"]))
    assert quote_match(mark.format(spaced.swapcase()), " ".join(words)) != "unverified"


@given(st.text(max_size=40), st.text(max_size=80))
def test_any_quote_and_text_have_an_answer(quote: str, text: str) -> None:
    match = quote_match(quote, text)
    assert (match == "exact") == (quote in text and any(map(str.isalnum, quote)))


def test_what_is_repaired_is_never_another_word() -> None:
    assert quote_match("not good", "It is good") == "unverified"
    assert quote_match("1,000", "10,00") == "unverified"
