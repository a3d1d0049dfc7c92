"""Measures the rules judge on real conversations that people labelled, and prints one table.

`make measure-rules-judge`. It asserts nothing: docs/rules_judge.md holds its output and
test_rules_judge_measured.py compares the two. Texts are read where they stand, never printed.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from last_mile.core.kappa import kappa_interval
from last_mile.core.rules_judge import judge
from last_mile.core.stats import cohen_kappa, wilson_interval

DATA = Path(__file__).parents[2] / "shared" / "data"
HEADER = (
    "set", "metric", "people's label", "judge", "n", "people say yes", "judge says yes",
    "sensitivity", "specificity", "kappa",
)  # fmt: skip
RULES = "rules"
MODELS = ("qwen3:30b", "mistral-small-3.2", "phi-4")
INQUIRIES = ("source-related-inquiry", "task-related-inquiry", "personal-related-inquiry")
# Metric of the rules judge, what it is compared with, and the labels of p4g that this is.
COUNTERPARTS = (
    ("asks_clarifying_question", "any inquiry", INQUIRIES),
    *(("asks_clarifying_question", label, (label,)) for label in INQUIRIES),
    ("specific_example", "personal-story", ("personal-story",)),
)
# What the three models are shown on; no rule asks about the last two.
MODELS_SHOWN_ON = (
    ("any inquiry", INQUIRIES),
    ("personal-story", ("personal-story",)),
    ("credibility-appeal", ("credibility-appeal",)),
    ("emotion-appeal", ("emotion-appeal",)),
)
Conversation = dict[str, Any]
Answer = bool | None  # None: the judge called the question not applicable


class Agreement(NamedTuple):
    """The 2 x 2 counts of one judge against people, people being the truth."""

    set: str
    metric: str
    label: str
    judge: str
    tp: int
    fp: int
    fn: int
    tn: int
    not_applicable: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the two sets, let the rules judge them and print the table.

    Args:
        arguments: Of the command line; those of the process by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the sets")
    data = parser.parse_args(arguments).data
    if not data.is_dir():
        parser.error(f"There are no conversations at {data}. Name their folder with --data.")
    found = [*measure_halueval(data), *measure_p4g(data)]
    for line in table(found):
        click.echo(line)
    click.echo(f"\nCalled not applicable and left out: {sum(row.not_applicable for row in found)}.")
    for name, talks in (("halueval_general", read(data, "halueval_general")), ("p4g", _gold(data))):
        documents = sum(bool(talk["context"]) for talk in talks)
        click.echo(f"{name}: {documents} of {len(talks):,} conversations have context documents.")


def read(data: Path, name: str) -> list[Conversation]:
    """Return the conversations of a set."""
    with gzip.open(data / name / "conversations.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def measure_halueval(data: Path) -> list[Agreement]:
    """`hallucinated_claim` against the majority of three people, one answer a conversation."""
    talks = read(data, "halueval_general")
    return [
        _agreement(
            ("halueval_general", "hallucinated_claim", "hallucination", RULES),
            ((_whole(talk, "hallucinated_claim"), _hallucinated(talk)) for talk in talks),
        )
    ]


def measure_p4g(data: Path) -> list[Agreement]:
    """The rules and the three recorded models on the dialogues people labelled, by dialogue."""
    talks = _gold(data)
    asked: dict[str, Callable[[Conversation, str], Answer]] = {
        "asks_clarifying_question": _whole,
        "specific_example": _any_message,
    }
    rules = [
        _agreement(
            ("p4g", metric, label, RULES),
            ((asked[metric](talk, metric), _said(talk, "human_gold", labels)) for talk in talks),
        )
        for metric, label, labels in COUNTERPARTS
    ]
    models = [
        _agreement(
            ("p4g", "(recorded)", label, model),
            ((_said(talk, model, labels), _said(talk, "human_gold", labels)) for talk in talks),
        )
        for label, labels in MODELS_SHOWN_ON
        for model in MODELS
    ]
    return rules + models


def table(rows: Iterable[Agreement]) -> list[str]:
    """Return the lines of a Markdown table; an interval that is undefined is a dash."""
    lines = [_line(HEADER), _line(["---"] * len(HEADER))]
    return lines + [_line(_cells(row)) for row in rows]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Agreement) -> list[str]:
    tp, fp, fn, tn = row.tp, row.fp, row.fn, row.tn
    n = tp + fp + fn + tn
    return [
        *row[:4],
        f"{n:,}",
        _figure((tp + fn) / n if n else None),
        _figure((tp + fp) / n if n else None),
        _ranged(tp / (tp + fn) if tp + fn else None, wilson_interval(tp, tp + fn)),
        _ranged(tn / (tn + fp) if tn + fp else None, wilson_interval(tn, tn + fp)),
        _ranged(cohen_kappa(tp, fp, fn, tn), kappa_interval(tp, fp, fn, tn)),
    ]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _ranged(value: float | None, interval: tuple[float, float] | None) -> str:
    shown = f"[{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "[-]"
    return f"{_figure(value)} {shown}"


def _gold(data: Path) -> list[Conversation]:
    return [talk for talk in read(data, "p4g") if talk["meta"]["has_human_gold"]]


def _agreement(names: tuple[str, str, str, str], pairs: Iterable[tuple[Answer, bool]]) -> Agreement:
    """Count pairs of (the judge's answer, people's)."""
    seen = Counter(pairs)
    left_out = seen[None, True] + seen[None, False]
    return Agreement(
        *names, seen[True, True], seen[True, False], seen[False, True], seen[False, False], left_out
    )


def _whole(talk: Conversation, metric: str) -> Answer:
    """The rule's answer about the conversation as it stands."""
    found = judge(talk["messages"], talk["context"], talk["final_output"], [metric])[metric]
    return None if found.answer == "not_applicable" else found.answer == "true"


def _any_message(talk: Conversation, metric: str) -> Answer:
    """Is it true of any assistant message, each taken as the final output in turn?

    The rule reads the final output only, which here is a goodbye; people labelled every message.
    """
    said = [m for m in talk["messages"] if m["role"] == "assistant" and m["content"]]
    answers = [_whole(talk | {"final_output": m["content"]}, metric) for m in said]
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None


def _hallucinated(talk: Conversation) -> bool:
    return any(one["metric"] == "hallucination" and one["value"] == 1 for one in talk["labels"])


def _said(talk: Conversation, annotator: str, labels: tuple[str, ...]) -> bool:
    """Did this annotator give any turn of the dialogue one of these labels?"""
    return any(
        one["metric"] == "wang_label" and one["annotator"] == annotator and one["value"] in labels
        for one in talk["labels"]
    )


if __name__ == "__main__":
    main()
