"""Rules about job proposals: how the user began, and what the submitted text holds.

Rules that fit any product belong in generic.py; anything a pattern cannot see, in a judge.
"""

from collections.abc import Sequence

import polars as pl

from last_mile.core.heuristics.patterns import (
    AVAILABILITY,
    BULLETS,
    COMMON,
    DRAFT,
    GREETING,
    PROOFREAD,
    QUESTION,
    REQUIREMENTS,
    SKILLS,
    TERM,
)
from last_mile.core.heuristics.rule import (
    Rule,
    count_param,
    cut,
    matched,
    part_of,
    pattern_param,
    share_param,
    strings_param,
    words_in,
)


def clicked_default(*, entry_points: Sequence[str] = (), prompts: Sequence[str] = ()) -> Rule:
    """Did the user accept the default prompt? By entry point, else by the first message's text.

    Args:
        entry_points: entry points that mean "the default button".
        prompts: default prompts, compared with the whole first message, case ignored.

    Raises:
        ValueError: an argument is not a list of strings.
    """
    entries = strings_param("entry_points", entry_points)
    known = [prompt.strip().lower() for prompt in strings_param("prompts", prompts)]
    entry, (first, missing) = pl.col("entry_point"), part_of("first_user")
    typed = first.str.strip_chars().str.to_lowercase().is_in(known)
    logged = pl.when(entry.is_not_null()).then(entry.is_in(entries))
    flag = logged.fill_null(typed) if entries else typed
    shown = pl.coalesce(entry, first) if entries else first
    return Rule(flag, pl.when(flag).then(cut(shown)), missing)


def own_draft_proofread(
    *, entry_points: Sequence[str] = (), pattern: str = PROOFREAD, draft_words: int = 20
) -> Rule:
    """Did the user bring an own draft to be edited? By entry point, else asked for and pasted.

    Args:
        entry_points: entry points that mean "edit my draft".
        pattern: how a request for edits reads, when no entry point was logged.
        draft_words: words the first message needs to hold a draft at all.

    Raises:
        ValueError: an argument of the wrong type, or a pattern that does not compile.
    """
    entries = strings_param("entry_points", entry_points)
    asked = pattern_param("pattern", pattern)
    entry, (first, missing) = pl.col("entry_point"), part_of("first_user")
    pasted = words_in(first) >= count_param("draft_words", draft_words)
    typed = first.str.contains(asked) & pasted
    logged = pl.when(entry.is_not_null()).then(entry.is_in(entries))
    flag = logged.fill_null(typed) if entries else typed
    shown = pl.coalesce(first.str.extract(f"({asked})", 1), entry)
    return Rule(flag, pl.when(flag).then(cut(shown)), missing)


def added_custom_context(*, prompts: Sequence[str] = (), words: int = 12) -> Rule:
    """Did the first message say more than a default prompt and a pasted draft?

    Args:
        prompts: default prompts, taken out of the message before counting.
        words: own words needed at least.

    Raises:
        ValueError: an argument of the wrong type.
    """
    first, missing = part_of("first_user")
    own = first.str.replace_all(DRAFT, " ")
    for prompt in strings_param("prompts", prompts):
        own = own.str.replace_all(prompt.strip(), " ", literal=True)
    enough = words_in(own) >= count_param("words", words)
    return Rule(enough, pl.when(enough).then(cut(own.str.strip_chars())), missing)


def short_proposal(*, words: int = 120) -> Rule:
    """Is the final output strictly under `words` words?

    Raises:
        ValueError: `words` is not a whole number.
    """
    text, missing = part_of("final_output")
    count = words_in(text)
    shown = pl.when(count.is_not_null()).then(pl.format("{} words", count))
    return Rule(count < count_param("words", words), shown, missing)


def has_bullet_list() -> Rule:
    """Does the final output hold a markdown list of two items or more?"""
    text, missing = part_of("final_output")
    return matched(text, BULLETS, missing)


def generic_greeting(*, pattern: str = GREETING) -> Rule:
    """Does the final output open with a greeting that names nobody?

    Raises:
        ValueError: a pattern that does not compile.
    """
    text, missing = part_of("final_output")
    return matched(text, pattern_param("pattern", pattern), missing)


def question_to_client() -> Rule:
    """Does the final output ask a question?"""
    text, missing = part_of("final_output")
    return matched(text, QUESTION, missing)


def mentions_availability(*, pattern: str = AVAILABILITY) -> Rule:
    """Does the final output say when, or how many hours, the writer can work?

    Raises:
        ValueError: a pattern that does not compile.
    """
    text, missing = part_of("final_output")
    return matched(text, pattern_param("pattern", pattern), missing)


def mentions_job_requirements(*, share: float = 0.4) -> Rule:
    """Are at least `share` of the words of the job's requirements in the final output?

    Raises:
        ValueError: `share` is not above 0 and up to 1.
    """
    return _covers("job_text", REQUIREMENTS, share_param("share", share), "no_requirements_listed")


def mentions_profile_skills(*, share: float = 0.4) -> Rule:
    """Are at least `share` of the words of the profile's skills in the final output?

    Raises:
        ValueError: `share` is not above 0 and up to 1.
    """
    return _covers("profile_text", SKILLS, share_param("share", share), "no_skills_listed")


def _covers(document: str, section: str, share: float, unlisted: str) -> Rule:
    """Return the rule "the final output holds this share of the terms listed in a document"."""
    final, unsubmitted = part_of("final_output")
    common = pl.lit(COMMON.split(), dtype=pl.List(pl.String))
    asked = _terms(pl.col(document).str.extract(section, 1)).list.set_difference(common)
    found = asked.list.set_intersection(_terms(final))
    flag = pl.when(asked.list.len() > 0).then(found.list.len() >= share * asked.list.len())
    shown = pl.format(
        "{} of {}: {}", found.list.len(), asked.list.len(), found.list.sort().list.join(", ")
    )
    missing = pl.when(final.is_null()).then(unsubmitted).otherwise(pl.lit(unlisted))
    return Rule(flag, cut(pl.when(flag.is_not_null()).then(shown)), missing)


def _terms(text: pl.Expr) -> pl.Expr:
    """Return the lower-case words that could name a skill; repeats stay."""
    return text.str.to_lowercase().str.extract_all(TERM)
