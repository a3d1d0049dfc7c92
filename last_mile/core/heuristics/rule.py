"""What a rule is, and the expressions every rule is built from: parts of a text, words, patterns.

Rules themselves belong in generic.py and proposals.py.
"""

from typing import NamedTuple

import polars as pl

EVIDENCE_CHARS = 120
PARTS = {
    "final_output": ("final_output", "no_final_output"),
    "user": ("user_text", "no_user_message"),
    "assistant": ("assistant_text", "no_assistant_message"),
    "first_user": ("first_user_text", "no_user_message"),
}
# A word is what str.split() returns. Rust's \s leaves out \x1c-\x1f and RE2's leaves out U+00A0,
# so the set is spelled out.
WORD = (
    r"[^\t-\r\x1c-\x20\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}"
    r"\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+"
)


class Rule(NamedTuple):
    """One heuristic, ready to be evaluated over the texts frame, blank texts made null.

    Attributes:
        flag: Boolean; null where the question does not apply.
        evidence: String of at most 120 characters; null where there is nothing to show.
        missing: String; the reason of a null flag.
    """

    flag: pl.Expr
    evidence: pl.Expr
    missing: pl.Expr


def part_of(part: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the text of a part and the reason of its absence.

    Raises:
        ValueError: unknown part.
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}, not {part!r}")
    column, reason = PARTS[part]
    return pl.col(column), pl.lit(reason)


def blank_to_null() -> list[pl.Expr]:
    """Return what people said, null where it holds no word: who said nothing gave no text.

    The final output stays as it is: an empty answer is an answer, of no words.

    Rules rely on it instead of asking themselves: Polars does not share the result of a
    `when` between expressions, so each use would pay for the text's words again.
    """
    columns = [pl.col(column) for column, _ in PARTS.values() if column != "final_output"]
    return [pl.when(text.str.contains(WORD)).then(text) for text in columns]


def words_in(text: pl.Expr) -> pl.Expr:
    """Return the number of words, exactly as `len(text.split())`; null stays null."""
    return text.str.count_matches(WORD)


def cut(text: pl.Expr) -> pl.Expr:
    """Return the first 120 characters, on one line."""
    return text.str.replace_all(r"[\r\n]+", " ").str.slice(0, EVIDENCE_CHARS)


def pattern_param(name: str, pattern: object) -> str:
    """Return a regular expression that compiles in Polars.

    Raises:
        ValueError: not a string, or not a valid expression for Rust's regex engine.
    """
    if not isinstance(pattern, str) or not pattern:
        raise ValueError(f"{name} must be a regular expression, not {pattern!r}")
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except pl.exceptions.ComputeError as error:
        cause = next((s for s in str(error).splitlines() if s.startswith("error:")), "error")
        raise ValueError(f"{name} is no regular expression Rust can run ({cause})") from error
    return pattern


def count_param(name: str, value: object) -> int:
    """Return a whole number >= 0.

    Raises:
        ValueError: anything else, booleans included.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a whole number >= 0, not {value!r}")
    return value


def strings_param(name: str, values: object) -> list[str]:
    """Return a list of strings.

    Raises:
        ValueError: anything else; a lone string is refused, it would be read letter by letter.
    """
    if not isinstance(values, list | tuple) or not all(isinstance(v, str) for v in values):
        raise ValueError(f"{name} must be a list of strings, not {values!r}")
    return list(values)


def share_param(name: str, value: object) -> float:
    """Return a share, 0 < share <= 1.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"{name} must be a share above 0 and up to 1, not {value!r}")
    return float(value)


def matched(text: pl.Expr, pattern: str, missing: pl.Expr) -> Rule:
    """Return the rule "the text holds the pattern", with the first match as evidence."""
    found = text.str.extract(f"({pattern})", 1)
    return Rule(text.str.contains(pattern), cut(found), missing)
