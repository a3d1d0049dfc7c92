"""How long an outcome was waited for, in whole days. Not here: which events count."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from last_mile_tests.adapters.ledger import Ledger, known_up_to
from last_mile_tests.scenario import DAYS, conversation, outcome, rubric

FOLLOWED: dict[str, tuple[str, str | None, tuple[int | None, int]]] = {
    # started, event, (event_day, seen_days); known up to 12 January, 12:00; horizon 5 days
    "not yet a day": ("2026-01-11T13:00:00Z", None, (None, 0)),
    "one day": ("2026-01-11T12:00:00Z", None, (None, 1)),
    "partial last day": ("2026-01-10T10:00:00Z", None, (None, 2)),
    "event on the partial day": ("2026-01-10T10:00:00Z", "2026-01-12T11:00:00Z", (2, 2)),
    "event on a whole day": ("2026-01-10T10:00:00Z", "2026-01-12T09:59:59Z", (1, 2)),
    "passed": ("2026-01-07T12:00:00Z", None, (None, 5)),
    "just not passed": ("2026-01-07T12:00:01Z", None, (None, 4)),
    "event at the horizon": ("2026-01-06T12:00:00Z", "2026-01-11T12:00:00Z", (4, 5)),
    "event after it": ("2026-01-06T12:00:00Z", "2026-01-11T12:00:01Z", (None, 5)),
    "only the day is known": ("2026-01-06T12:00:00Z", "2026-01-06", (0, 5)),
    "started after it": ("2026-01-13T10:00:00Z", None, (None, 0)),
}


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Every conversation of FOLLOWED, of the outcomes `hired` and, with horizon 0, `at_once`."""
    kinds = [{"id": "hired", "horizon_days": 5}, {"id": "at_once", "horizon_days": 0}]
    made = Ledger(tmp_path_factory.mktemp("followed"), rubric(outcomes=kinds))
    events = [
        outcome(name, occurred_at=at, outcome=kind)
        for name, (_, at, _) in FOLLOWED.items()
        for kind in ("hired", "at_once")
        if at
    ]
    said_no = outcome("said no", value="0", occurred_at="2026-01-11T10:00:00Z")
    conversations = [conversation(name, started_at=at) for name, (at, _, _) in FOLLOWED.items()]
    conversations.append(conversation("said no", started_at="2026-01-10T10:00:00Z"))
    made.land(conversations, [*events, said_no, known_up_to("2026-01-12T12:00:00Z")])
    made.build()
    return made


@pytest.mark.parametrize("name", FOLLOWED)
def test_days_are_counted_whole_to_the_event_and_to_what_is_known(
    followed: Ledger, name: str
) -> None:
    row = followed.row(name)
    assert (row["event_day"], row["seen_days"]) == FOLLOWED[name][2]
    wide = followed.rows("labeled_conversations").filter(conversation_id=name).row(0, named=True)
    assert (wide["hired__event_day"], wide["hired__seen_days"]) == FOLLOWED[name][2]


def test_a_horizon_of_no_days_is_one_day_that_is_seen_at_once(followed: Ledger) -> None:
    rows = followed.rows().filter(pl.col("conversation_id").is_in(FOLLOWED), outcome="at_once")
    columns = rows.select("conversation_id", "event_day", "seen_days")
    days = {name: (event_day, seen_days) for name, event_day, seen_days in columns.iter_rows()}
    assert days.pop("only the day is known") == (0, 1)
    assert days.pop("started after it") == (None, 0)
    assert set(days.values()) == {(None, 1)}  # the other events come after the start


def test_an_event_that_says_no_is_negative_and_not_seen_for_longer(followed: Ledger) -> None:
    row = followed.row("said no")
    assert (row["state"], row["matured"], row["seen_days"]) == ("negative", False, 2)


def test_without_any_outcome_nothing_was_seen(tmp_path: Path) -> None:
    made = Ledger(tmp_path, rubric())
    made.land([conversation()])
    made.build()
    row = made.row("c1")
    assert (row["state"], row["as_of"], row["seen_days"]) == ("open", None, 0)


def test_an_event_whose_day_is_not_built_is_waited_for(tmp_path: Path) -> None:
    made = Ledger(tmp_path, rubric())
    made.land([conversation()], [outcome(), known_up_to("2026-01-31")])
    made.build(DAYS)  # the event occurred two days later
    row = made.row("c1")
    assert (row["state"], row["matured"], row["seen_days"]) == ("open", False, 0)
    made.build()
    assert made.row("c1")["state"] == "positive"
