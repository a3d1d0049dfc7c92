"""What the drop sensors decide, on literal ticks: which files are due, and which days."""

from __future__ import annotations

from datetime import date

from last_mile.core.drop_watch import Cursor, DayChange, Seen, Work, days_due, files_due

DAY, NEXT = date(2026, 1, 5), date(2026, 1, 6)


def _file(
    name: str = "a.jsonl", size: int = 10, modified: int = 1, marked: bool | None = None
) -> Seen:
    return Seen(name, size, modified, marked)


def _names(ticks: list[list[Seen]]) -> list[list[str]]:
    """Names of the files due at each of some ticks after one another."""
    cursor, due = Cursor(), []
    for files in ticks:
        found, cursor = files_due(files, Cursor.load(cursor.dump()))
        due.append(found.names if found else [])
    return due


def test_a_file_is_due_once_when_it_is_as_it_was_a_tick_ago() -> None:
    assert _names([[_file()]] * 4) == [[], ["a.jsonl"], [], []]


def test_a_file_that_grows_is_not_due_until_it_stops() -> None:
    ticks = [[_file(size=size)] for size in (10, 20, 30, 30, 30)]
    assert _names(ticks) == [[], [], [], ["a.jsonl"], []]


def test_a_file_rewritten_with_the_same_size_is_due_again() -> None:
    ticks = [[_file(modified=at)] for at in (1, 1, 2, 2)]
    assert _names(ticks) == [[], ["a.jsonl"], [], ["a.jsonl"]]


def test_a_marker_makes_a_file_due_at_once_or_never() -> None:
    assert _names([[_file(marked=True), _file("b.jsonl", marked=False)]] * 3) == [
        ["a.jsonl"], [], [],
    ]  # fmt: skip


def test_files_that_are_still_written_are_named_to_be_left_alone() -> None:
    _, cursor = files_due([_file("old.jsonl"), _file("new.jsonl", size=1)], Cursor())
    due, _ = files_due([_file("old.jsonl"), _file("new.jsonl", size=2)], cursor)
    assert due is not None
    assert (due.names, due.leave) == (["old.jsonl"], ["new.jsonl"])


def test_the_same_files_have_the_same_run_key_whatever_the_cursor_forgot() -> None:
    files = [_file("a.jsonl", marked=True), _file("b.jsonl", marked=True)]
    first, _ = files_due(files, Cursor())
    again, _ = files_due(files[::-1], Cursor.load("not a cursor"))
    other, _ = files_due([*files, _file("c.jsonl", marked=True)], Cursor())
    assert first is not None and again is not None and other is not None
    assert first.run_key == again.run_key != other.run_key


def test_a_cursor_forgets_files_that_are_gone_and_survives_as_text() -> None:
    _, cursor = files_due([_file(marked=True), _file("b.jsonl", marked=True)], Cursor())
    _, cursor = files_due([_file(marked=True)], cursor)
    assert len(cursor.landed) == 1
    assert Cursor.load(cursor.dump()) == cursor


def test_ten_thousand_fingerprints_fit_into_a_cursor_of_a_few_hundred_kilobytes() -> None:
    files = [_file(f"{i}.jsonl", marked=True) for i in range(10_000)]
    _, cursor = files_due(files, Cursor())
    assert len(cursor.landed) == 10_000
    assert len(cursor.dump()) < 200_000


def _due(
    changes: list[DayChange],
    cursor: Cursor = Cursor(),  # noqa: B008 - frozen
    *,
    most: int = 10,
    labels_judge: bool = False,
) -> tuple[list[DayChange], Cursor]:
    return days_due(changes, cursor, most=most, labels_judge=labels_judge)


def _change(number: int, day: date = DAY, work: Work = "day") -> DayChange:
    return DayChange(number, day, work, "conversations")


def test_days_are_due_once_in_the_order_of_landings() -> None:
    changes = [_change(2, DAY), _change(1, NEXT)]
    first, cursor = _due(changes)
    assert first == [_change(1, NEXT), _change(2, DAY)]
    assert _due(changes, cursor)[0] == []


def test_no_more_days_are_due_at_a_tick_than_allowed_and_none_is_lost() -> None:
    changes = [_change(1, date(2026, 1, day)) for day in range(1, 8)]
    cursor, seen = Cursor(), []
    for _ in range(3):
        due, cursor = _due(changes, cursor, most=3)
        seen.append([change.day.day for change in due])
    assert seen == [[1, 2, 3], [4, 5, 6], [7]]


def test_of_the_days_of_outcome_events_one_stands_for_all_of_them() -> None:
    changes = [_change(1, DAY, "events"), _change(1, NEXT, "events"), _change(1, DAY, "day")]
    first, cursor = _due(changes)
    assert [(change.work, change.day) for change in first] == [("events", DAY), ("day", DAY)]
    assert _due(changes, cursor)[0] == []
    assert _due([*changes, _change(2, NEXT, "events")], cursor)[0] == [_change(2, NEXT, "events")]


def test_a_day_that_changed_again_is_due_again() -> None:
    _, cursor = _due([_change(1)])
    due, _ = _due([_change(2)], cursor)
    assert due == [_change(2)]


def test_a_day_is_due_once_whatever_of_it_changed() -> None:
    changes = [_change(1, DAY), _change(1, DAY, "recorded_labels")]
    assert [change.day for change in _due(changes, labels_judge=True)[0]] == [DAY]


def test_label_days_are_due_only_when_labels_are_the_judge() -> None:
    changes = [_change(1, DAY, "recorded_labels")]
    assert _due(changes)[0] == []
    assert _due(changes, labels_judge=True)[0] == changes


def test_a_day_that_was_built_since_is_not_due_whatever_the_cursor_forgot() -> None:
    changes = [_change(1)._replace(is_built=True), _change(2, NEXT)]
    due, cursor = _due(changes)
    assert due == [changes[1]]
    built = [change._replace(is_built=True) for change in changes]
    assert _due(built, cursor)[0] == _due(built)[0] == []


def test_files_that_a_landing_left_out_are_asked_for_three_times_in_all() -> None:
    files = [_file(marked=True), _file("b.jsonl", marked=True)]
    first, cursor = files_due(files, Cursor())
    assert first is not None
    missed, keys = {files[0].fingerprint}, [first.run_key]
    for _ in range(2):
        again, cursor = files_due(files, cursor, missed)
        assert again is not None
        assert again.names == [files[0].name]
        keys.append(again.run_key)
    assert len(set(keys)) == 3
    due, cursor = files_due(files, cursor, missed)
    assert due is None
    # A new file begins anew, and what was left out is landed with it.
    more = [*files, _file("c.jsonl", marked=True)]
    due, cursor = files_due(more, cursor, missed)
    assert due is not None
    assert due.names == ["c.jsonl"]
    due, cursor = files_due(more, cursor)  # it was landed
    assert (due, cursor.tries) == (None, 0)
