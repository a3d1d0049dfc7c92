"""The rows of `failure_modes`: candidates of one half of the users, measured on the other.

Not here: choosing (search.py), measuring (confirm.py), reading (adapters/failure_source.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from last_mile.core.failure_modes.confirm import HeldOut, decided, measured
from last_mile.core.failure_modes.proposal import failure_id, metric_yaml, proposal_of
from last_mile.core.failure_modes.search import (
    Candidate,
    Discovery,
    choose_contexts,
    choose_terms,
)
from last_mile.core.failure_modes.tokens import Bools, Ints, terms_of
from last_mile.core.heuristics import build_rule
from last_mile.core.heuristics.rule import PARTS as COLUMNS
from last_mile.core.heuristics.rule import blank_to_null
from last_mile.core.scrubbing import found as personal_data

PARTS = ("final_output", "first_user", "user")  # of the texts, as rules name them
MOST_EXAMPLES = 5
_TEXTS = (
    "failure_id", "kind", "part", "feature", "outcome", "state", "reason", "adjusted_for",
    "separation_reason", "metric_id", "proposal",
)  # fmt: skip
_COUNTS = (
    "n", "events", "n_without", "events_without", "n_users", "n_unexplained", "n_explained",
    "n_tried",
)  # fmt: skip
_FIGURES = (
    "rate", "rate_low", "rate_high", "rate_without", "rd", "rd_low", "rd_high", "rr", "rr_low",
    "rr_high", "p", "q", "share_unexplained", "share_explained", "separation_rr",
    "separation_low", "separation_high", "separation_p", "q_both", "sampled",
)  # fmt: skip
FAILURE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(_TEXTS, pl.String), **dict.fromkeys(_COUNTS, pl.Int64),
    **dict.fromkeys(_FIGURES, pl.Float64), "as_of": pl.Datetime("us"),
}  # fmt: skip
EXAMPLE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "failure_id": pl.String, "place": pl.Int64, "conversation_id": pl.String,
}  # fmt: skip
ORDER = ("proposed", "lowers_outcome", "goes_with_flags", "not_confirmed")


class FailureModes(NamedTuple):
    """What was found, and how hard it was looked for.

    Attributes:
        rows: Rows of `failure_modes`: every candidate, in the order of `ORDER`, then by p.
        examples: Rows of `failure_examples`: unexplained failures that have it.
        looked_at: Terms and contexts of the discovery half that were frequent enough.
    """

    rows: pl.DataFrame
    examples: pl.DataFrame
    looked_at: int


def failure_modes(
    rows: pl.DataFrame,
    text_of: Callable[[str], pl.Series],
    outcome: str,
    *,
    strata: Sequence[str],
    sampled: float = 1.0,
    today: date,
    as_of: object = None,
) -> FailureModes:
    """What conversations that went badly, and that no flag explains, have in common.

    Args:
        rows: Rows of reads/failure_rows.sql: `_user`, `_held_out`, `_event`, `_explained` and text
            columns of contexts.
        text_of: One part's texts in the order of the rows (null: there is none), by its name; one
            part at a time is held.
        outcome: Id of the outcome.
        strata: Context columns whose mix is held fixed while terms are compared.
        sampled: Share of the conversations no flag explains that the rows are.
        today: Date of a proposal's prior.
        as_of: Time up to which outcomes were known.
    """
    contexts = rows.drop("conversation_id", "_user", "_held_out", "_event", "_explained")
    held_out = rows["_held_out"].to_numpy().astype(bool)
    user, cell = _codes(rows["_user"]), _cells(contexts, strata)
    event, explained = (rows[name].to_numpy().astype(bool) for name in ("_event", "_explained"))
    inside = ~held_out
    discovery = Discovery(event[inside], explained[inside], cell[inside], user[inside])
    chosen, looked_at = choose_contexts(contexts.filter(pl.Series(inside)), discovery)
    parts = []
    for part in PARTS:
        texts = text_of(part).filter(pl.Series(inside))
        parts.append((part, terms_of(texts, user[inside], ~explained[inside])))
    terms, n_terms = choose_terms(parts, discovery)
    del parts
    chosen += [term for term in terms if not personal_data(" ".join(term.gram))]
    test = HeldOut(event[held_out], explained[held_out], user[held_out], cell[held_out])
    found, examples = [], []
    for candidate, has, known in _held(chosen, contexts, text_of):
        figures = measured(test, has[held_out], known[held_out], stratified=_is_term(candidate))
        told = {
            **_about(candidate, today), **figures, "outcome": outcome, "as_of": as_of,
            "sampled": sampled, "adjusted_for": ", ".join(strata) or None,
            "n_tried": len(chosen),
        }  # fmt: skip
        found.append(told if _is_term(candidate) else {**told, "adjusted_for": None})
        examples += _examples(told["failure_id"], rows, has & ~event & ~explained)
    states = sorted(decided(found), key=_rank)
    kept = [row if row["state"] in ORDER[:2] else {**row, "proposal": None} for row in states]
    return FailureModes(
        pl.DataFrame(kept, schema=FAILURE_SCHEMA),
        pl.DataFrame(examples, schema=EXAMPLE_SCHEMA, orient="row"),
        looked_at + n_terms,
    )


def _held(
    chosen: Sequence[Candidate], contexts: pl.DataFrame, text_of: Callable[[str], pl.Series]
) -> list[tuple[Candidate, Bools, Bools]]:
    """Which conversations have a candidate, and of which that can be said, in the order chosen."""
    found: dict[Candidate, tuple[Bools, Bools]] = {}
    for part in dict.fromkeys(one.part for one in chosen if _is_term(one)):
        texts = text_of(part)
        frame = pl.DataFrame({column: texts for column, _ in COLUMNS.values()})
        frame = frame.with_columns(blank_to_null())
        for one in chosen:
            proposal = proposal_of(one)
            if proposal and one.part == part:
                rule = build_rule("mentions", proposal.params)
                found[one] = _sides(frame.select(flag=rule.flag)["flag"])
    for one in chosen:
        if not _is_term(one):
            found[one] = _sides(contexts[one.part] == one.gram[0])
    return [(one, *found[one]) for one in chosen]


def _sides(flag: pl.Series) -> tuple[Bools, Bools]:
    known = flag.is_not_null().to_numpy().astype(bool)
    return flag.fill_null(value=False).to_numpy().astype(bool), known


def _about(candidate: Candidate, today: date) -> dict[str, Any]:
    proposal = proposal_of(candidate)
    return {
        "failure_id": failure_id(*candidate),
        "kind": candidate.kind,
        "part": candidate.part,
        "feature": " ".join(candidate.gram),
        "metric_id": proposal.metric_id if proposal else None,
        "proposal": metric_yaml(proposal.metric(today)) if proposal else None,
    }


def _examples(of: str, rows: pl.DataFrame, where: Bools) -> list[tuple[str, int, str]]:
    """The first unexplained failures by id, each of another user."""
    mine = rows.filter(pl.Series(where)).unique("_user", keep="first", maintain_order=True)
    return [(of, i, name) for i, name in enumerate(mine["conversation_id"].head(MOST_EXAMPLES))]


def _rank(row: dict[str, Any]) -> tuple[int, float, str]:
    p = row["p"]
    return ORDER.index(row["state"]), 1.0 if p is None else p, row["failure_id"]


def _is_term(candidate: Candidate) -> bool:
    return candidate.kind == "term"


def _codes(column: pl.Series) -> Ints:
    return column.rank("dense").cast(pl.Int64).to_numpy() - 1


def _cells(contexts: pl.DataFrame, strata: Sequence[str]) -> Ints:
    """Code of the cross of some columns; a missing value is a value. Without columns: one cell."""
    cell = np.zeros(contexts.height, np.int64)
    for name in strata:
        codes = contexts[name].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
        _, cell = np.unique(cell * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)
    return cell
