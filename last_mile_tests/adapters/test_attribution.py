"""Several conversations of one user about one task: one decision is one row that counts.

Not here: which version of an event counts (test_outcome_ledger.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.warehouse import Days
from last_mile_tests.adapters.ledger import EVER, Ledger, about_task, known_up_to, of_task
from last_mile_tests.scenario import conversation, outcome, rubric

KINDS = [
    {"id": "hired", "horizon_days": 10, "decided_by": "task", "attribution": "last"},
    {"id": "signed", "horizon_days": 10, "decided_by": "task", "attribution": "first"},
    {"id": "rated", "horizon_days": 10},
]


def _both(**event: Any) -> list[dict[str, Any]]:
    """An event of both kinds that a task decides."""
    return [about_task(**event, outcome=kind) for kind in ("hired", "signed")]


def _task(task: str, *days: int) -> list[dict[str, Any]]:
    """Conversations `<task> a`, `<task> b`, … of a task, on these days of January."""
    return [of_task(f"{task} {'abc'[i]}", day, task) for i, day in enumerate(days)]


S, P, N, O = "superseded", "positive", "negative", "open"  # noqa: E741
# days of conversations (10:00), events, states by `last`, states by `first`; known up to 31 January
CASES: dict[str, tuple[list[int], list[dict[str, Any]], list[str], list[str]]] = {
    "one": ([5], [{"day": 6}], [P], [P]),
    "after both": ([5, 8], [{"day": 9}], [S, P], [P, S]),
    "between them": ([5, 8], [{"day": 7}], [P, S], [P, S]),
    "between two of three": ([5, 8, 12], [{"day": 9}], [S, P, S], [P, S, S]),
    "none": ([5, 8], [], [S, N], [N, S]),
    "before all": ([5, 8], [{"day": 4}], [S, N], [N, S]),
    "said no": ([5, 8], [{"day": 9, "value": "0"}], [S, N], [N, S]),
    # 20 January is 15 days after a, 12 after b, 7 after c
    "late for the first": ([5, 8, 13], [{"day": 20}], [S, S, P], [N, S, S]),
    "late for all": ([5, 8], [{"day": 25}], [S, N], [N, S]),
    # the hire of the 20th came too late for a, that of the 26th in time for b
    "late, then in time": ([5, 21], [{"day": 20}, {"day": 26}], [S, P], [N, S]),
    "two hires": ([5, 8], [{"day": 7}, {"day": 9}], [P, S], [P, S]),
    "only the day": ([5, 8], [{"day": 8, "at": "2026-01-08"}], [S, P], [P, S]),
    "at the start": ([5, 8], [{"day": 8, "at": "2026-01-08T10:00:00Z"}], [S, P], [P, S]),
    "not passed": ([15, 25], [], [S, O], [N, S]),
}


def _events(task: str, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for event in events:
        at = {"occurred_at": event["at"]} if "at" in event else {}
        others = {name: value for name, value in event.items() if name != "at"}
        rows += [{**row, **at} for row in _both(task=task, **others)]
    return rows


def _world(folder: Path) -> Ledger:
    made = Ledger(folder, rubric(outcomes=KINDS))
    conversations = [row for task, (days, *_) in CASES.items() for row in _task(task, *days)]
    events = [row for task, (_, found, *_) in CASES.items() for row in _events(task, found)]
    made.land(conversations, [*events, known_up_to("2026-01-31T12:00:00Z")])
    return made


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Every task of CASES, all days built at once."""
    made = _world(tmp_path_factory.mktemp("decided"))
    made.build()
    return made


@pytest.mark.parametrize("task", CASES)
def test_one_conversation_of_a_task_counts(decided: Ledger, task: str) -> None:
    for kind, wanted in (("hired", CASES[task][2]), ("signed", CASES[task][3])):
        states = decided.states(kind)
        assert [states[f"{task} {'abc'[i]}"] for i in range(len(wanted))] == wanted


def test_conversations_that_do_not_count_are_in_no_rate(decided: Ledger) -> None:
    rows = decided.rows().filter(state="superseded")
    assert rows.height == 30  # of 29 conversations of 14 tasks 15 do not count, by either rule
    assert rows["matured"].to_list() == [False] * rows.height
    assert rows["seen_days"].unique().to_list() == [0]
    assert rows["event_day"].null_count() == rows["occurred_at"].null_count() == rows.height
    wide = decided.rows("labeled_conversations").filter(conversation_id="after both a")
    columns = ("hired", "hired__event_day", "hired__seen_days", "signed", "signed__seen_days")
    assert wide.select(columns).row(0) == (None, None, 0, True, 10)


def test_the_horizon_is_that_of_the_conversation_that_counts(decided: Ledger) -> None:
    # from 10:00 on the 8th to 12:00 on the 9th, and from 10:00 on the 5th
    assert decided.row("after both b", "hired")["event_day"] == 1
    assert decided.row("after both a", "signed")["event_day"] == 4


def test_the_check_counts_decisions_that_count_twice(decided: Ledger) -> None:
    looked_at = decided.check("outcomes__complete", EVER)
    assert looked_at["n_decisions_twice"].to_list() == [0, 0, 0]
    assert looked_at["n_missing"].to_list() == [0, 0, 0]
    broken = decided.rows().with_columns(
        state=pl.when(pl.col("conversation_id").is_in(["none a", "two hires b"]))
        .then(pl.lit("negative"))
        .otherwise("state")
    )
    kept = decided.rows()
    decided.warehouse.replace("outcomes", broken)
    twice = dict(
        decided.check("outcomes__complete", EVER).select("outcome", "n_decisions_twice").iter_rows()
    )
    only_the_fifth = Days(date(2026, 1, 5), date(2026, 1, 6))
    of_a_day = decided.check("outcomes__complete", only_the_fifth)
    decided.warehouse.replace("outcomes", kept)
    # `none a` was superseded by `last`, `two hires b` by both; each is counted with its twin
    assert twice == {"hired": 4, "signed": 2, "rated": 0}
    assert set(of_a_day["n_decisions_twice"]) == {0}


def test_days_built_alone_newest_first_give_what_all_days_at_once_give(
    decided: Ledger, tmp_path: Path
) -> None:
    alone = _world(tmp_path)
    alone.build_by_day()  # when a later day is built, the earlier ones are only landed
    for table in ("outcomes", "labeled_conversations", "outcome_events"):
        assert alone.rows(table).equals(decided.rows(table)), table


def test_events_that_name_one_of_the_conversations_are_about_the_decision(tmp_path: Path) -> None:
    made = Ledger(tmp_path, rubric(outcomes=KINDS))
    named = outcome("t1 a", occurred_at="2026-01-09T12:00:00Z")
    rated = outcome("t1 a", occurred_at="2026-01-09T12:00:00Z", outcome="rated")
    made.land(_task("t1", 5, 8), [named, rated, known_up_to("2026-01-31")])
    made.build()
    assert made.states() == {"t1 a": "superseded", "t1 b": "positive"}
    assert made.states("rated") == {"t1 a": "positive", "t1 b": "negative"}  # of a conversation


def test_without_a_user_or_a_task_a_conversation_stands_for_itself(tmp_path: Path) -> None:
    made = Ledger(tmp_path, rubric(outcomes=KINDS))
    alone = [
        conversation("no task"), conversation("no user", user_id=None, task_id="t1"),
        of_task("u1", 5, user="u1"), of_task("u2", 6, user="u2"),
    ]  # fmt: skip
    made.land(alone, [outcome("no user"), known_up_to("2026-01-31")])
    made.build()
    assert made.states() == {
        "no task": "negative", "no user": "positive", "u1": "negative", "u2": "negative"
    }  # fmt: skip


def test_an_event_of_a_kind_that_conversations_decide_goes_to_one_of_the_task(
    tmp_path: Path,
) -> None:
    made = Ledger(tmp_path, rubric(outcomes=KINDS))
    made.land(_task("t1", 5, 8, 12), [about_task(9, outcome="rated"), known_up_to("2026-01-31")])
    made.build()
    assert list(made.states("rated").values()) == ["negative", "positive", "negative"]


def _opened(made: Ledger) -> set[tuple[int, str]]:
    """Days and works of the newest landing."""
    newest = max(made.open_days().values())
    return {key for key, change in made.open_days().items() if change == newest}


def test_another_conversation_or_a_late_event_opens_the_days_of_the_whole_task(
    tmp_path: Path,
) -> None:
    made = Ledger(tmp_path, rubric(outcomes=KINDS))
    made.land([*_task("t1", 5, 8), of_task("other", 20, "t2")])
    made.build()
    made.land([of_task("t1 c", 12, "t1")])
    assert _opened(made) == {(5, "day"), (8, "day"), (12, "day")}
    made.build()
    made.land([], [about_task(9, "t1", outcome="hired")])
    assert _opened(made) == {(9, "events"), (5, "day"), (8, "day"), (12, "day")}
    made.build()
    made.land([], [outcome("t1 a", occurred_at="2026-01-10T10:00:00Z")])
    assert _opened(made) == {(10, "events"), (5, "day"), (8, "day"), (12, "day")}


def test_days_of_conversations_that_do_not_count_are_not_opened_for_ever(tmp_path: Path) -> None:
    made = Ledger(tmp_path, rubric(outcomes=KINDS[:2]))
    made.land(_task("t1", 5, 8), [known_up_to("2026-01-31")])
    made.build()
    made.land([], [known_up_to("2026-02-02")])
    assert {work for _, work in _opened(made)} == {"events"}


def test_the_decision_of_a_conversation_that_moves_to_another_task_is_freed(
    tmp_path: Path,
) -> None:
    made = Ledger(tmp_path, rubric(outcomes=KINDS))
    made.land([], [about_task(9), known_up_to("2026-01-31")])
    made.land(_task("t1", 5, 8))
    made.build()
    made.land([*_task("t1", 5), of_task("t1 b", 8, "t2")], rewrite=True)
    changed = sorted(day for day, work in _opened(made) if work == "day")
    assert changed == [5, 8]
    for number in reversed(changed):
        day = date(2026, 1, number)
        made.build(Days(day, day + timedelta(days=1)))
    assert made.states() == {"t1 a": "positive", "t1 b": "negative"}
