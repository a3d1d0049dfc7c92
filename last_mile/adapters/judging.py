"""The judge stage of some days: what the ledger lacks, asked and kept group by group.

The warehouse is closed while a judge is awaited. Not here: the calls (judge_model.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from last_mile.adapters.judge_model import RECORDED, Answer, JudgeModel
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.fragments import quoted, recorded_fragments
from last_mile.core.judge_prompt import PROMPT_VERSION
from last_mile.core.rubric import Rubric, epoch_of
from last_mile.errors import UserError

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "content_hash": pl.String, "epoch": pl.String, "metric": pl.String,
    "conversation_id": pl.String, "day": pl.Date, "judge": pl.String, "flag": pl.String,
    "reason": pl.String, "confidence": pl.Float64, "message_index": pl.Int32,
    "quote": pl.String, "quote_verified": pl.Boolean, "prompt_tokens": pl.Float64,
    "completion_tokens": pl.Float64, "cost_usd": pl.Float64, "latency_ms": pl.Float64,
}  # fmt: skip


@dataclass(slots=True)
class Judged:
    """What the judge stage did for some days."""

    judge: str
    epoch: str
    asked: int = 0  # conversations sent to the judge now
    answered: int = 0
    verdicts: int = 0
    cost_usd: float = 0.0
    cost_unknown: int = 0  # calls whose price is not known
    unverified_quotes: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def metadata(self) -> dict[str, Any]:
        """Counts for the materialization."""
        return {
            "judge": self.judge, "epoch": self.epoch, "conversations_asked": self.asked,
            "conversations_unanswered": self.asked - self.answered, "cost_usd": self.cost_usd,
            "calls_of_unknown_cost": self.cost_unknown,
            "unverified_quotes": self.unverified_quotes, "verdicts_by_reason": dict(self.reasons),
        }  # fmt: skip


def judge_days(warehouse: Warehouse, days: Days) -> Judged:
    """Ask the judge what the ledger lacks for these days and keep each group of answers at once.

    Raises:
        UserError: The judge cannot be used at all; answers before that are kept.
    """
    rubric, judge = warehouse.installation.rubric(), warehouse.installation.settings().judge
    judged = Judged(judge, epoch_of(rubric.judged, judge, PROMPT_VERSION))
    if not rubric.judged:
        return judged
    if judge == RECORDED:
        return _import_recorded(warehouse, days, rubric, judged)
    missing = warehouse.read("unjudged", days, _unjudged_fragments(rubric, judged.epoch))
    conversations = list(missing.iter_rows(named=True))
    judged.asked = len(conversations)
    known = {c["content_hash"]: (c["conversation_id"], c["day"]) for c in conversations}

    def keep(answers: list[Answer]) -> None:
        warehouse.keep("judge_verdicts", _frame(answers, known, judged))

    JudgeModel(judge).ask(conversations, rubric.judged, keep)
    if judged.asked and not judged.answered:
        raise UserError(f"judge {judge}: no call was answered; is the provider reachable?")
    return judged


def _unjudged_fragments(rubric: Rubric, epoch: str) -> dict[str, str]:
    ids = [quoted(metric.id) for metric in rubric.judged]
    return {
        "epoch": quoted(epoch), "metric_ids": ", ".join(ids), "metric_count": str(len(ids)),
    }  # fmt: skip


def _frame(
    answers: Sequence[Answer], known: dict[str, tuple[str, date]], judged: Judged
) -> pl.DataFrame:
    """Ledger rows of a group of calls; the counts go to `judged`."""
    rows = []
    for answer in answers:
        share = len(answer.verdicts)
        conversation_id, day = known[answer.content_hash]
        judged.answered += 1
        judged.verdicts += share
        judged.cost_usd += answer.cost_usd or 0.0
        judged.cost_unknown += answer.cost_usd is None
        for verdict in answer.verdicts:
            judged.reasons[verdict.reason] += 1
            judged.unverified_quotes += verdict.quote_verified is False
            rows.append(
                {
                    "content_hash": answer.content_hash, "epoch": judged.epoch,
                    "conversation_id": conversation_id, "day": day, "judge": judged.judge,
                    **verdict._asdict(),
                    "prompt_tokens": answer.prompt_tokens / share,
                    "completion_tokens": answer.completion_tokens / share,
                    "cost_usd": None if answer.cost_usd is None else answer.cost_usd / share,
                    "latency_ms": answer.latency_ms,
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema=_SCHEMA)


def _import_recorded(warehouse: Warehouse, days: Days, rubric: Rubric, judged: Judged) -> Judged:
    """Verdicts made elsewhere, from the label drops; free, so they follow the drops."""
    found = warehouse.read("recorded_verdicts", days, recorded_fragments(rubric))
    frame = found.with_columns(
        pl.lit(judged.epoch).alias("epoch"),
        pl.lit(0.0).alias("cost_usd"),
    )
    judged.verdicts = warehouse.replace("judge_verdicts", frame, days, {"epoch": [judged.epoch]})
    judged.asked = judged.answered = found["conversation_id"].n_unique()
    judged.reasons.update(frame["reason"].to_list())
    return judged
