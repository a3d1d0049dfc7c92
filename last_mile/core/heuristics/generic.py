"""Rules that make sense for any product: lengths, turns, words, tools, entry points.

Rules about job proposals belong in proposals.py.
"""

import re

import polars as pl

from last_mile.core.heuristics.rule import (
    Rule,
    count_param,
    cut,
    matched,
    part_of,
    pattern_param,
    words_in,
)


def words_over(*, part: str = "final_output", words: int) -> Rule:
    """Is the part strictly longer than `words` words?

    Raises:
        ValueError: unknown part, or `words` is not a whole number.
    """
    text, missing = part_of(part)
    count = words_in(text)
    return Rule(count > count_param("words", words), _measured(count, "words"), missing)


def words_under(*, part: str = "final_output", words: int) -> Rule:
    """Is the part strictly shorter than `words` words? An absent part has no length.

    Raises:
        ValueError: unknown part, or `words` is not a whole number.
    """
    text, missing = part_of(part)
    count = words_in(text)
    return Rule(count < count_param("words", words), _measured(count, "words"), missing)


def user_messages_at_least(*, count: int) -> Rule:
    """Did the user write at least `count` messages?

    Raises:
        ValueError: `count` is not a whole number.
    """
    messages = pl.col("n_user_messages")
    flag = messages >= count_param("count", count)
    return Rule(flag, _measured(messages, "user messages"), pl.lit("no_user_message"))


def assistant_messages_over(*, count: int) -> Rule:
    """Did the assistant write strictly more than `count` messages?

    Raises:
        ValueError: `count` is not a whole number.
    """
    messages = pl.col("n_assistant_messages")
    flag = messages > count_param("count", count)
    return Rule(flag, _measured(messages, "assistant messages"), pl.lit("no_assistant_message"))


def multi_turn(*, count: int = 2) -> Rule:
    """Did at least `count` user messages get an answer? A closing "thanks" gets none.

    Raises:
        ValueError: `count` is not a whole number.
    """
    answered = pl.col("n_answered_user_messages")
    flag = pl.when(pl.col("n_user_messages") > 0).then(answered >= count_param("count", count))
    return Rule(flag, _measured(answered, "answered requests"), pl.lit("no_user_message"))


def mentions(*, part: str = "final_output", pattern: str) -> Rule:
    """Does the part hold the regular expression (Rust syntax, case-sensitive unless `(?i)`)?

    Raises:
        ValueError: unknown part or a pattern that does not compile.
    """
    text, missing = part_of(part)
    return matched(text, pattern_param("pattern", pattern), missing)


def tool_called(*, name: str) -> Rule:
    """Did the assistant call the tool of this name?

    Raises:
        ValueError: `name` is empty or not a string.
    """
    wanted = pattern_param("name", name)
    flag = pl.col("tool_names").list.contains(pl.lit(wanted))
    return Rule(flag, pl.when(flag).then(pl.lit(wanted)), pl.lit("no_tool_log"))


def entry_point_is(*, value: str) -> Rule:
    """Did the conversation start at this entry point? Unknown where none was logged.

    Raises:
        ValueError: `value` is empty or not a string.
    """
    if not isinstance(value, str) or not value:
        raise ValueError(f"value must be the name of an entry point, not {value!r}")
    entry = pl.col("entry_point")
    return Rule(entry == value, cut(entry), pl.lit("no_entry_point"))


def attribute_at_least(*, path: str, value: float) -> Rule:
    """Is a number of the logged attributes at least `value`? `path` is dotted: `meta.num_queries`.

    Raises:
        ValueError: `path` is not dotted names, or `value` is not a number.
    """
    if not isinstance(path, str) or not re.fullmatch(r"\w+(\.\w+)*", path):
        raise ValueError(f"path must be dotted names such as meta.queries, not {path!r}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"value must be a number, not {value!r}")
    number = pl.col("attributes").str.json_path_match(f"$.{path}").cast(pl.Float64, strict=False)
    return Rule(number >= value, number.cast(pl.String), pl.lit("no_attribute"))


def _measured(number: pl.Expr, unit: str) -> pl.Expr:
    """Return "87 words"."""
    return pl.when(number.is_not_null()).then(pl.format("{} " + unit, number))
