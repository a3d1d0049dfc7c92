"""Terms of texts, and the rules that ask for them: both must say the same of every text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest
import yaml

from last_mile.core.failure_modes import Proposal, failure_id, metric_yaml
from last_mile.core.failure_modes.tokens import Terms, terms_of
from last_mile.core.heuristics import build_rule
from last_mile.core.rubric import Metric

TODAY = date(2026, 1, 5)
TIMES = 20  # conversations with each text, each of another user


def _terms(*texts: str, users: int | None = None) -> Terms:
    """Terms of 20 conversations with each text and as many that say nothing of it."""
    said = pl.Series([one for text in texts for one in [text] * TIMES] + ["quite another"] * TIMES)
    user = np.arange(len(said)) % (users or len(said))
    return terms_of(said, user, np.ones(len(said), bool))


def _grams(*texts: str) -> set[str]:
    return {" ".join(gram) for gram in _terms(*texts).grams} - {"quite", "another", "quite another"}


def _holds(terms: Terms, gram: Sequence[str]) -> list[bool]:
    column = terms.holds[:, terms.grams.index(tuple(gram))].todense()
    return [bool(one) for one in np.asarray(column).ravel()]


def _rule_says(proposal: Proposal, texts: pl.Series) -> list[bool]:
    rule = build_rule("mentions", proposal.params)
    return pl.DataFrame({"user_text": texts}).select(flag=rule.flag)["flag"].to_list()


def test_terms_are_runs_of_one_to_three_words() -> None:
    assert _grams("One two three four") == {
        "one", "two", "three", "four", "one two", "two three", "three four",
        "one two three", "two three four",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "give 2day back", "give 2026 back", "give me@here.org back", "give [EMAIL] back",
        "give <name> back", "give {name} back", "give www.here.org back", "give a/b back",
        "give #tag back", "give snake_case back", "give key:value back", "give back\\slash back",
    ],
)  # fmt: skip
def test_digits_addresses_and_placeholders_are_no_words_and_break_a_run(text: str) -> None:
    assert _grams(text) == {"give", "back"}


@pytest.mark.parametrize("mark", [",", ".", " -", "!", ";", " 😀", ' "', "\u2026"])
def test_a_run_does_not_cross_punctuation(mark: str) -> None:
    assert _grams(f"give{mark} back") == {"give", "back"}


@pytest.mark.parametrize("space", [" ", "  ", "\n", "\t", "\u00a0"])
def test_a_run_crosses_any_space(space: str) -> None:
    assert "give back" in _grams(f"give{space}back")


def test_case_and_the_kind_of_apostrophe_make_no_other_term() -> None:
    terms = _terms("Don't", "DON\u2019T")
    assert sum(_holds(terms, ["don't"])) == 2 * TIMES
    assert _grams("'quoted'") == {"quoted"}


def test_a_word_of_over_30_letters_is_none_and_breaks_a_run() -> None:
    assert _grams(f"give {'a' * 30} back") == {
        "give", "a" * 30, "back", f"give {'a' * 30}", f"{'a' * 30} back", f"give {'a' * 30} back",
    }  # fmt: skip
    assert _grams(f"give {'a' * 31} back") == {"give", "back"}


def test_runs_do_not_go_from_one_text_into_the_next() -> None:
    assert _grams("give", "back") == {"give", "back"}


def test_what_fewer_than_ten_users_said_is_no_term() -> None:
    """40 conversations, half of them with the word, of as many users as there are numbers."""
    assert _terms("give", users=10).grams
    assert not _terms("give", users=9).grams


@pytest.mark.parametrize(("n", "is_term"), [(19, False), (20, True), (80, True), (81, False)])
def test_a_term_needs_20_conversations_with_it_and_20_without(n: int, *, is_term: bool) -> None:
    texts = pl.Series(["give"] * n + [None] * (100 - n), dtype=pl.String)
    found = terms_of(texts, np.arange(100), np.ones(100, bool))
    assert found.grams == ([("give",)] if is_term else [])
    assert found.holds.shape == (100, is_term)


@pytest.mark.parametrize(("n", "is_term"), [(29, False), (30, True)])
def test_of_many_conversations_a_term_needs_half_a_percent(n: int, *, is_term: bool) -> None:
    texts = pl.Series(["give"] * n + ["other"] * (6_000 - n))  # 0.005 x 6,000 = 30
    found = terms_of(texts, np.arange(6_000), np.ones(6_000, bool))
    assert (("give",) in found.grams) == is_term


def test_conversations_that_do_not_count_are_only_looked_through() -> None:
    """19 that count and 30 that do not are too few; 20 that count are enough, and all are told."""
    texts = pl.Series(["give"] * 50 + ["other"] * 50)
    counts = np.arange(100) >= 31
    assert not terms_of(texts, np.arange(100), counts).grams.count(("give",))
    counts[30] = True
    found = terms_of(texts, np.arange(100), counts)
    assert sum(_holds(found, ["give"])) == 50
    # the 10 users have to be among those that count, too
    user = np.where(counts, 0, np.arange(100))
    assert ("give",) not in terms_of(texts, user, counts).grams


def test_no_texts_have_no_terms() -> None:
    nothing = pl.Series([None] * 50, dtype=pl.String)
    assert len(terms_of(nothing, np.arange(50), np.ones(50, bool))) == 0
    assert len(terms_of(nothing[:0], np.arange(0), np.ones(0, bool))) == 0


@pytest.mark.parametrize(
    "text",
    [
        "Don't worry", "DON\u2019T worry", "rock'n'roll now", "na\u00efve plan", "nai\u0308ve plan",
        "\u0440\u0430\u0431\u043e\u0442\u0430 \u0415\u0421\u0422\u042c",
        "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03cc\u03c2", "Stra\u00dfe \u1e9e",
        "\u0130stanbul i\u015fi", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 now",
        "\u0915\u094d\u200d\u0937 \u0939\u093f\u0928\u094d\u0926\u0940", "\u4f60\u597d now",
        "\u24d0b now", "soft\u00adhyphen here", "zero\u200bwidth here", "\u212aelvin scale",
    ],
    ids=lambda text: text.encode("unicode_escape").decode(),
)  # fmt: skip
def test_the_rule_of_a_term_finds_it_where_it_was_counted_and_nowhere_else(text: str) -> None:
    texts = pl.Series([text] * TIMES + ["quite another"] * TIMES)
    terms = terms_of(texts, np.arange(2 * TIMES), np.ones(2 * TIMES, bool))
    assert len(terms) > 3  # beside those of the other text
    for gram in terms.grams:
        assert _rule_says(Proposal("user", gram), texts) == _holds(terms, gram)


def test_a_rule_is_of_whole_words() -> None:
    texts = pl.Series(
        ["to give back", "to GIVE\n back!", "forgive back", "give backs", "give, back"]
    )
    assert _rule_says(Proposal("user", ("give", "back")), texts) == [
        True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "same", "other"),
    [
        ("a.c", "a.c", "abc"), ("a|b", "a|b", "a"), ("a(?i)b", "a(?i)b", "ab"),
        ("a{2}b", "a{2}b", "aab"), ("a\\db", "a\\db", "a1b"), ("a[b]c", "a[b]c", "abc"),
        ("a^b$c", "a^b$c", "abc"), ("a#b", "a#b", "a"), ("a-b&&~c", "a-b&&~c", "a"),
    ],
)  # fmt: skip
def test_a_hostile_word_is_looked_for_as_it_is_written(word: str, same: str, other: str) -> None:
    assert _rule_says(Proposal("user", (word,)), pl.Series([same, other])) == [True, False]


@pytest.mark.parametrize(
    "word",
    [
        "plain", "don't", 'say "no"', "a: b", "# none", "- item", "{a: b}", "[a, b]", "*a &b !c",
        "%a @b `c", "back\\slash", "'", "''", "null", "\U0001f600\ufe0f", "a\nb", "a\r\nb", "a\tb",
        "a\u2028b", "a\u2029b", "a\x85b", "\x00", "\x7f", "\ufeff", "\uffff", "{{ jinja }}",
        'a"\n\\', "\u0440\u0430\u0431\u043e\u0442\u0430",
    ],
    ids=lambda word: word.encode("unicode_escape").decode(),
)  # fmt: skip
@pytest.mark.parametrize("part", ["final_output", "first_user", "user"])
def test_the_yaml_of_a_metric_loads_back_to_it(part: str, word: str) -> None:
    metric = Proposal(part, (word, "end")).metric(TODAY)
    [loaded] = yaml.safe_load("metrics:\n" + metric_yaml(metric))["metrics"]
    assert loaded["prior"].pop("date") == TODAY
    assert metric["prior"].pop("date") == "2026-01-05"
    assert loaded == metric


def test_a_proposal_is_a_metric_of_a_rubric() -> None:
    metric = Proposal("user", ("don't", "know")).metric(TODAY)
    assert metric == {
        "id": "user_says_don_t_know",
        "kind": "heuristic",
        "about": "text",
        "question": "Does the user say anywhere \u201cdon't know\u201d?",
        "not_applicable": "the user wrote nothing",
        "prior": {
            "sign": -1, "author": "failure_modes", "date": "2026-01-05", "exploratory": True,
        },
        "rule": "mentions",
        "params": {"part": "user", "pattern": "(?i)\\bdon['\u2019]t\\s+know\\b"},
    }  # fmt: skip
    known = {name: metric["prior"][name] for name in ("sign", "author", "date")}
    assert Metric.model_validate({**metric, "prior": known}).rule == "mentions"


@pytest.mark.parametrize(
    ("part", "gram", "expected"),
    [
        ("final_output", ("give", "back"), "says_give_back"),
        ("first_user", ("na\u00efve",), "first_user_says_naive"),
        ("user", ("a" * 30, "b" * 30), "user_says_" + "a" * 30 + "_" + "b" * 9),
        ("user", ("a" * 30, "b" * 8, "c"), "user_says_" + "a" * 30 + "_" + "b" * 8),
        ("user", ("\u4f60\u597d",), "user_says_5aced329"),
    ],
)
def test_an_id_is_made_of_latin_letters_and_fits_a_rubric(
    part: str, gram: tuple[str, ...], expected: str
) -> None:
    proposal = Proposal(part, gram)
    assert proposal.metric_id == expected
    known = {"sign": -1, "author": "a", "date": TODAY}
    Metric.model_validate({**proposal.metric(TODAY), "prior": known})


def test_a_failure_id_tells_kind_part_and_words_apart() -> None:
    ids = {
        failure_id(*one)
        for one in [
            ("term", "user", ("a", "b")), ("term", "user", ("a b",)),
            ("term", "first_user", ("a", "b")), ("context", "user", ("a", "b")),
            ("term", "user", ("b", "a")),
        ]
    }  # fmt: skip
    assert len(ids) == 5
    assert failure_id("term", "user", ("a",)) == failure_id("term", "user", ("a",))
