"""Rules of tiers: what they may hold, and what their SQL means in DuckDB."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.expression import RuleSyntaxError, names_in, rule_to_sql

KNOWN = ("a", "b", "c")
Truth = bool | None


def _value(rule: str, **flags: Truth) -> Truth:
    """The rule over one row of flags, computed by DuckDB."""
    columns = ", ".join(f'?::boolean as "{name}"' for name in flags)
    query = f"select {rule_to_sql(rule, flags)} from (select {columns})"
    row = duckdb.execute(query, list(flags.values())).fetchone()
    assert row is not None
    value: Truth = row[0]
    return value


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("a", {"a"}),
        ("not a and (b or c) and not a", {"a", "b", "c"}),
        ("everyone", set()),
        ("  a or\tb ", {"a", "b"}),
    ],
)
def test_the_names_of_a_rule_are_those_it_mentions(rule: str, names: set[str]) -> None:
    assert names_in(rule) == names


@pytest.mark.parametrize(
    "rule",
    [
        'x"; drop table conversations; --',
        "a; drop table conversations",
        "__import__('os')",
        "__import__('os').system('ls')",
        "a.b",
        "a[0]",
        "a(b)",
        "a == b",
        "a < b < c",
        "a if b else c",
        "lambda: a",
        "a := b",
        "(a, b)",
        "[a for a in b]",
        "f'{a}'",
        "'a'",
        "1",
        "True",
        "a + b",
        "~a",
        "-a",
        "await a",
        "*a",
        "",
        "a and",
        "(a",
        "a\nor b",
        "a\x00",
    ],
)
def test_anything_else_than_names_and_boolean_words_is_refused(rule: str) -> None:
    with pytest.raises(RuleSyntaxError):
        names_in(rule)
    with pytest.raises(RuleSyntaxError):
        rule_to_sql(rule, KNOWN)


def test_a_comment_is_refused_and_not_dropped_in_silence() -> None:
    with pytest.raises(RuleSyntaxError):
        names_in("a # and not b")


def test_a_rule_of_absurd_depth_is_refused() -> None:
    with pytest.raises(RuleSyntaxError):
        names_in("not " * 3000 + "a")


def test_the_deepest_rule_that_is_allowed_becomes_sql() -> None:
    deepest = "not " * 499 + "a"  # 1997 characters
    assert rule_to_sql(deepest, KNOWN).count("not") == 499


def test_a_name_that_is_not_known_is_refused_and_named() -> None:
    with pytest.raises(RuleSyntaxError, match="nobody, which is not a metric"):
        rule_to_sql("a and nobody", KNOWN)


@pytest.mark.parametrize(
    ("rule", "flags", "value"),
    [
        # SQL's three-valued logic: null is "not known"
        ("a and b", {"a": True, "b": None}, None),
        ("a and b", {"a": False, "b": None}, False),
        ("a or b", {"a": True, "b": None}, True),
        ("a or b", {"a": False, "b": None}, None),
        ("not a", {"a": None}, None),
        ("not (a and b)", {"a": False, "b": None}, True),
        ("everyone", {"a": None}, True),
        ("everyone and a", {"a": None}, None),
        ("not everyone", {"a": True}, False),
    ],
)
def test_a_missing_flag_neither_meets_nor_refutes_a_rule(
    rule: str, flags: dict[str, Truth], value: Truth
) -> None:
    assert _value(rule, **flags) is value


@pytest.mark.parametrize("rule", ["a or b and c", "(a or b) and c", "not a or b", "not (a or b)"])
def test_sql_binds_as_python_does(rule: str) -> None:
    for a, b, c in product((True, False), repeat=3):
        expected = bool(eval(rule, {"a": a, "b": b, "c": c}))
        assert _value(rule, a=a, b=b, c=c) is expected


def test_a_metric_named_like_an_sql_word_is_a_column_and_not_the_word() -> None:
    assert _value("select_ and false", select_=True, false=True) is True


_RULES = st.recursive(
    st.sampled_from(KNOWN),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
        ),
    ),
    max_leaves=8,
)


@given(_RULES, st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_every_rule_means_in_duckdb_what_it_means_in_python(
    rule: str, flags: tuple[bool, bool, bool]
) -> None:
    named = dict(zip(KNOWN, flags, strict=True))
    assert _value(rule, **named) is bool(eval(rule, dict(named)))


@given(st.text(max_size=40))
def test_any_text_is_a_rule_or_a_syntax_error(rule: str) -> None:
    try:
        names = names_in(rule)
    except RuleSyntaxError:
        return
    assert rule_to_sql(rule, names)
