"""The table of heuristic rules by name, and the one function that applies a rubric's to texts.

Rules themselves belong in generic.py and proposals.py.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import polars as pl

from last_mile.core.heuristics import generic, proposals
from last_mile.core.heuristics.rule import Rule, blank_to_null

RULES: Mapping[str, Callable[..., Rule]] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            proposals.clicked_default,
            proposals.own_draft_proofread,
            proposals.added_custom_context,
            generic.multi_turn,
            proposals.short_proposal,
            proposals.mentions_job_requirements,
            proposals.mentions_profile_skills,
            proposals.has_bullet_list,
            proposals.generic_greeting,
            proposals.question_to_client,
            proposals.mentions_availability,
            generic.words_over,
            generic.words_under,
            generic.user_messages_at_least,
            generic.assistant_messages_over,
            generic.mentions,
            generic.tool_called,
            generic.entry_point_is,
            generic.attribute_at_least,
        )
    }
)
REASONS = (
    "rule_matched",
    "rule_not_matched",
    "no_final_output",
    "no_user_message",
    "no_assistant_message",
    "no_entry_point",
    "no_requirements_listed",
    "no_skills_listed",
    "no_tool_log",
    "no_attribute",
)
LONG_DEFAULT = 20
FLAG_COLUMNS = ("conversation_id", "metric", "flag", "reason", "evidence")


def heuristic_flags(
    texts: pl.DataFrame, metrics: Sequence[tuple[str, str, Mapping[str, Any]]]
) -> pl.DataFrame:
    """Answer every heuristic metric for every conversation.

    Args:
        texts: one row per conversation, with the columns of the SQL view `conversation_texts`.
        metrics: (metric id, rule name, params of the rule).

    Returns:
        One row per metric and conversation: conversation_id, metric, flag ('true', 'false',
        'not_applicable'), reason (one of REASONS), evidence (<= 120 characters, or null).

    Raises:
        ValueError: unknown rule, or params the rule does not take.
    """
    rules = [(metric, build_rule(name, params)) for metric, name, params in metrics]
    if not rules:
        return pl.DataFrame(schema=dict.fromkeys(FLAG_COLUMNS, pl.String))
    answers = [_answer(metric, rule) for metric, rule in rules]
    # Lazy, so that what flag, reason and evidence share is computed once.
    wide = texts.lazy().with_columns(blank_to_null()).select("conversation_id", *answers).collect()
    named = ((metric, pl.lit(metric).alias("metric")) for metric, _ in rules)
    return pl.concat(
        wide.select("conversation_id", name, pl.col(metric).struct.unnest())
        for metric, name in named
    )


def build_rule(name: str, params: Mapping[str, Any]) -> Rule:
    """Return the rule of this name with these params.

    Raises:
        ValueError: unknown rule, unknown or missing params, or a param of the wrong kind.
    """
    if name not in RULES:
        raise ValueError(f"There is no rule {name!r}. Known rules: {', '.join(sorted(RULES))}.")
    signature = inspect.signature(RULES[name])
    known = ", ".join(_shown(param) for param in signature.parameters.values()) or "none"
    for unknown in sorted(set(params) - set(signature.parameters)):
        raise ValueError(f"Rule {name!r} takes no {unknown!r}. Its params: {known}.")
    try:
        signature.bind(**params)
        return RULES[name](**params)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Rule {name!r}: {error}. Its params: {known}.") from error


def _shown(param: inspect.Parameter) -> str:
    """Return "words" or, where there is a default that says something, "words=120"."""
    if param.default is param.empty or len(str(param.default)) > LONG_DEFAULT:
        return param.name
    return f"{param.name}={param.default!r}"


def _answer(metric: str, rule: Rule) -> pl.Expr:
    """Return one struct column (flag, reason, evidence) named after the metric."""
    return pl.struct(
        _by_flag(rule, "true", "false", pl.lit("not_applicable")).alias("flag"),
        _by_flag(rule, "rule_matched", "rule_not_matched", rule.missing).alias("reason"),
        rule.evidence.cast(pl.String).alias("evidence"),
    ).alias(metric)


def _by_flag(rule: Rule, yes: str, no: str, absent: pl.Expr) -> pl.Expr:
    chosen = pl.when(rule.flag).then(pl.lit(yes)).when(~rule.flag).then(pl.lit(no))
    return chosen.otherwise(absent)
