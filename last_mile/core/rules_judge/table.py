"""The table of rules by metric, and the one function that applies them to a conversation.

Rules belong in wording.py, claims.py, matching.py and exchange.py.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from last_mile.core.rules_judge import claims, exchange, matching, wording
from last_mile.core.rules_judge.reading import NOT_APPLICABLE, Finding, Reading

_ABOUT_FINAL: tuple[Callable[[Reading], Finding], ...] = (
    wording.sounds_robotic,
    claims.hallucinated_claim,
    matching.personality_preserved,
    matching.matches_job_tone,
    wording.overly_formal,
    wording.information_dense,
    wording.polished,
    matching.specific_example,
    wording.exaggerated_claims,
    matching.addresses_pain_point,
    wording.grammatical,
    wording.friendly_tone,
)
_ABOUT_EXCHANGE: tuple[Callable[[Reading], Finding], ...] = (
    exchange.user_satisfied,
    exchange.asks_clarifying_question,
)
_FINAL = MappingProxyType({rule.__name__: rule for rule in _ABOUT_FINAL})
_EXCHANGE = MappingProxyType({rule.__name__: rule for rule in _ABOUT_EXCHANGE})
KNOWN = frozenset({*_FINAL, *_EXCHANGE})


def judge(
    messages: Sequence[Mapping[str, Any]],
    context: Sequence[Mapping[str, Any]],
    final_output: str | None,
    metrics: Sequence[str],
) -> dict[str, Finding]:
    """Answer the metrics that have a rule.

    The text is only ever searched, never obeyed: an instruction inside it is text like any other.

    Args:
        messages: {"role", "content"} in order; content may be None.
        context: {"doc_id", "text"}; a doc_id starting with "job" is a job post.
        final_output: the submitted text; the last assistant message stands in for None.
        metrics: metric ids; one without a rule is left out of the answer.

    Returns:
        metric id -> finding.
    """
    reading = Reading(messages, context, final_output)
    found: dict[str, Finding] = {}
    for metric in metrics:
        if metric in _EXCHANGE:
            found[metric] = _EXCHANGE[metric](reading)
        elif metric in _FINAL:
            found[metric] = _FINAL[metric](reading) if reading.final else NOT_APPLICABLE
    return found
