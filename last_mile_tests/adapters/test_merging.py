"""From landed records to conversations: model calls merged, turns put in order, versions chosen.

In every case each record ends in exactly one place: a conversation, a duplicate, or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile_tests.scenario import LAST_DAY, conversation, json_lines, message

FROM, TO = date(2026, 1, 5), date(2026, 1, 8)
utc = datetime.fromisoformat  # a UTC time without a zone, as the tables hold it
Records = Sequence[Mapping[str, Any]]


class Built:
    """Files landed together and every day built, the newest first."""

    def __init__(self, folder: Path, files: Mapping[str, Records]) -> None:
        drops = folder / "drops"
        drops.mkdir(parents=True)
        for name, records in files.items():
            (drops / f"conversations-{name}.jsonl").write_bytes(json_lines(records))
        self.warehouse = Warehouse(home=str(folder / "home"))
        land(self.warehouse, drops, "conversations", Reading(LAST_DAY))
        self._days = [FROM + timedelta(days=n) for n in range((TO - FROM).days)]
        for day in reversed(self._days):
            self.warehouse.build("conversations", _only(day))
            self.warehouse.build("duplicate_lines", _only(day))
        self._check_every_record(sum(map(len, files.values())))

    def _check_every_record(self, written: int) -> None:
        """Every record stands in one place, for all days together as for each alone."""
        together = [Days(FROM, TO)]
        for windows in (together, [_only(day) for day in self._days]):
            checked = pl.concat(
                self.warehouse.read("conversations__lines_reconcile", days) for days in windows
            )
            assert checked["records_in"].sum() == written
            assert checked["records_accounted_for"].to_list() == checked["records_in"].to_list()

    def one(self) -> dict[str, Any]:
        """The only conversation."""
        (row,) = self.warehouse.read("conversations").to_dicts()
        return row

    def alike(self) -> list[dict[str, Any]]:
        """Different rows among the conversations, but for their ids and what they are made of."""
        own = ("conversation_id", "content_hash", "sources")
        rows = self.warehouse.read("conversations").drop(own).to_dicts()
        return [row for number, row in enumerate(rows) if row not in rows[:number]]

    def texts(self) -> list[str | None]:
        """What was said in the only conversation."""
        return [said["content"] for said in self.one()["messages"]]

    def sources(self) -> list[tuple[str, int]]:
        """File and line that the only conversation is made of."""
        return [(_short(s["file"]), s["line"]) for s in self.one()["sources"]]

    def duplicates(self) -> list[tuple[str, int, str, str, int]]:
        """File, line, relation, and file and line of what was kept."""
        rows = self.warehouse.read("duplicate_lines").sort("file", "line").iter_rows(named=True)
        return [
            (_short(r["file"]), r["line"], r["relation"], _short(r["kept_file"]), r["kept_line"])
            for r in rows
        ]


def _only(day: date) -> Days:
    return Days(day, day + timedelta(days=1))


Build = Callable[..., Built]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Land files of records in a folder of their own and build them."""
    return lambda *where, **files: Built(tmp_path.joinpath("world", *where), files)


def in_every_order(
    records: Records, id_field: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The same records once for every order and cut in two, each time of another conversation."""
    a, b = [], []
    for number, order in enumerate(permutations(records)):
        for cut in range(len(order)):
            named = [{**record, id_field: f"{number}-{cut}"} for record in order]
            a += named[:cut]
            b += named[cut:]
    return a, b


def _short(file: str) -> str:
    return file.removeprefix("conversations-").removesuffix(".jsonl")


def _call(at: str, *texts: str, answer: str | None, **over: Any) -> dict[str, Any]:
    """A model call: the history sent, user and assistant in turn, and the answer."""
    roles = ("user", "assistant")
    history = [message(roles[n % 2], text) for n, text in enumerate(texts)]
    choices = [{"index": 0, "message": message("assistant", answer)}]
    request = {"model": "m1", "messages": history, "user": "u1"}
    response = {"choices": choices}
    line = {"session_id": "c1", "timestamp": at, "request": request, "response": response}
    return {**line, **over}


GROWING = [
    _call("2026-01-05T23:58:00Z", "q1", answer="a1"),
    _call("2026-01-05T23:59:00Z", "q1", "a1", "q2", answer="a2"),
    _call("2026-01-06T00:01:00Z", "q1", "a1", "q2", "a2", "q3", answer="a3"),
]


def test_calls_that_send_their_history_are_one_conversation(build: Build) -> None:
    built = build(a=GROWING)
    assert built.texts() == ["q1", "a1", "q2", "a2", "q3", "a3"]
    row = built.one()
    assert (row["day"], row["started_at"]) == (FROM, utc("2026-01-05T23:58:00"))
    assert (row["user_id"], row["model"], row["final_output"]) == ("u1", "m1", "a3")
    assert built.sources() == [("a", 1), ("a", 2), ("a", 3)]
    assert built.duplicates() == []


def test_calls_in_any_order_in_two_files_and_over_midnight_give_the_same(build: Build) -> None:
    a, b = in_every_order(GROWING, "session_id")
    built = build(a=a, b=b)
    (row,) = built.alike()
    assert [said["content"] for said in row["messages"]] == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert (row["day"], row["started_at"]) == (FROM, utc("2026-01-05T23:58:00"))
    assert built.duplicates() == []


def test_a_tool_call_without_text_does_not_break_the_history(build: Build) -> None:
    asked = [message("user", "q1")]
    called = message("assistant", None, tool_calls=[{"id": "call_1", "type": "function"}])
    result = message("tool", "18", tool_call_id="call_1")

    def call(at: str, history: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        bare = _call(at, answer=None)
        return bare | {
            "request": {"messages": history},
            "response": {"choices": [{"message": answer}]},
        }

    built = build(a=[
        call("2026-01-05T10:00:00Z", asked, called),
        call("2026-01-05T10:00:05Z", [*asked, called, result], message("assistant", "a1")),
    ])  # fmt: skip
    assert [said["role"] for said in built.one()["messages"]] == [
        "user", "assistant", "tool", "assistant",
    ]  # fmt: skip
    assert built.texts() == ["q1", None, "18", "a1"]


def test_calls_without_history_are_appended_in_the_order_of_their_times(build: Build) -> None:
    calls = [_call(f"2026-01-05T10:0{n}:00Z", f"q{n}", answer=f"a{n}") for n in range(4)]
    built = build(b=[calls[3], calls[0]], a=[calls[2], calls[1]])
    assert built.texts() == ["q0", "a0", "q1", "a1", "q2", "a2", "q3", "a3"]
    assert built.one()["final_output"] == "a3"


def test_a_system_prompt_sent_with_every_call_stands_once(build: Build) -> None:
    told = message("system", "Be brief.")

    def call(n: int) -> dict[str, Any]:
        plain = _call(f"2026-01-05T10:0{n}:00Z", f"q{n}", answer=f"a{n}")
        messages = [told, *plain["request"]["messages"]]
        return plain | {"request": {"messages": messages}}

    assert build(a=[call(1), call(2)]).texts() == ["Be brief.", "q1", "a1", "q2", "a2"]


def test_an_answer_that_was_regenerated_replaces_the_first(build: Build) -> None:
    first = _call("2026-01-05T10:00:00Z", "q1", answer="first try")
    again = _call("2026-01-05T10:01:00Z", "q1", answer="second try")
    assert build("alone", a=[first, again]).texts() == ["q1", "second try"]
    assert build("other order", b=[first], a=[again]).texts() == ["q1", "second try"]
    goes_on = _call("2026-01-05T10:02:00Z", "q1", "second try", "q2", answer="a2")
    continued = build("continued", a=[goes_on, first, again])
    assert continued.texts() == ["q1", "second try", "q2", "a2"]
    assert continued.sources() == [("a", 1), ("a", 2), ("a", 3)]


def test_the_last_answer_of_a_long_conversation_can_be_regenerated(build: Build) -> None:
    again = _call("2026-01-05T23:59:30Z", "q1", "a1", "q2", answer="a2, once more")
    assert build(a=[*GROWING[:2], again]).texts() == ["q1", "a1", "q2", "a2, once more"]


@pytest.mark.parametrize("twice", [0, 1])
def test_a_call_exported_twice_counts_once(build: Build, twice: int) -> None:
    built = build(a=GROWING[:2], b=[GROWING[twice]])
    assert built.texts() == ["q1", "a1", "q2", "a2"]
    assert len(built.sources()) == 2
    assert built.duplicates() == [("a", 1 + twice, "same_content", "b", 1)]


def test_conversations_of_different_ids_are_not_merged(build: Build) -> None:
    other = _call("2026-01-05T23:58:30Z", "q1", answer="a1", session_id="c2")
    rows = build(a=[GROWING[0], other, GROWING[1]]).warehouse.read("conversations")
    assert dict(rows.select("conversation_id", pl.col("messages").list.len()).iter_rows()) == {
        "c1": 4, "c2": 2,
    }  # fmt: skip


def test_a_refused_call_is_accounted_for_beside_the_accepted(build: Build) -> None:
    bad = GROWING[1] | {"request": {"messages": [message("oracle", "q1")]}}
    built = build(a=[GROWING[0], bad, GROWING[2]])
    assert built.texts() == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert built.sources() == [("a", 1), ("a", 3)]


def test_a_whole_conversation_and_its_calls_are_versions_of_one(build: Build) -> None:
    whole = conversation(started_at="2026-01-05T23:58:00Z", messages=[message("user", "q1")])
    shorter = build("shorter", a=GROWING, b=[whole])
    assert shorter.texts() == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert shorter.duplicates() == [("b", 1, "other_content", "a", 3)]
    messages = [message("user", text) for text in "abcdefg"]
    longer = build("longer", a=GROWING, b=[whole | {"messages": messages}])
    assert longer.texts() == list("abcdefg")
    assert [row[:3] for row in longer.duplicates()] == [
        ("a", 1, "other_content"), ("a", 2, "other_content"), ("a", 3, "other_content"),
    ]  # fmt: skip
