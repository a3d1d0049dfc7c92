"""The epoch: one hash of everything that defines a judge's answers; the version of any flag.

Not here: what stands in it (core/rubric.py, prompt.py), who compares epochs.
"""

from __future__ import annotations

from typing import Any

from last_mile.core.judge.prompt import PROMPT_VERSION
from last_mile.core.rubric import Rubric, digest


def epoch_of(rubric: Rubric, judge: str, prompt_version: str = PROMPT_VERSION) -> str:
    """The epoch of a rubric's judged metrics, as one judge answers them.

    Args:
        rubric: Its judged metrics in order, and how it asks (`judge`); what becomes of unverified
            positives is decided when flags are built: part of their version, not of the epoch.
        judge: Judge name, as given on the command line.
        prompt_version: Version of the prompt and the reply schema.

    Returns:
        16 hex digits.
    """
    texts = [metric.definition_hash for metric in rubric.judged]
    asking = rubric.judge.model_dump(mode="json", exclude={"unverified"})
    return digest({"metrics": texts, "judge": judge, "prompt": prompt_version, **asking})


def flag_versions(rubric: Rubric, epoch: str | None) -> dict[str, str]:
    """By metric, the version of flags that are made now, as in the view flag_versions.

    Args:
        rubric: Its metrics.
        epoch: The current one; None: judged metrics are left out.
    """
    rules = {metric.id: metric.definition_hash for metric in rubric.heuristics}
    if epoch is None:
        return rules
    return rules | {metric.id: judged_version(rubric, epoch) for metric in rubric.judged}


def judged_version(rubric: Rubric, epoch: str) -> str:
    """The version of flags made of an epoch's answers as this rubric makes them."""
    return epoch + rubric.judge.mark


def epoch_description(
    rubric: Rubric, judge: str, prompt_version: str = PROMPT_VERSION
) -> dict[str, Any]:
    """What stands behind an epoch, as columns of `judge_epochs`; arguments as of `epoch_of`."""
    return {
        "epoch": epoch_of(rubric, judge, prompt_version),
        "judge": judge,
        "prompt_version": prompt_version,
        "grouping": str(rubric.judge.grouping),
        "rubric": rubric.name,
        "rubric_version": rubric.version,
        "metrics_hash": digest([metric.definition_hash for metric in rubric.judged]),
    }
