"""A broken file fails its day by name and no other; mended, everything is as if it never was."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.faults.account import account_of
from last_mile_tests.faults.command import finish, must_finish
from last_mile_tests.faults.conftest import Note
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.world import DAYS, World, settle

GARBAGE = bytes(range(256)) * 40
BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda packed: packed[: len(packed) * 2 // 3],
    "garbage": lambda packed: GARBAGE,
    "bytes changed inside": lambda packed: packed[:400] + GARBAGE[:64] + packed[464:],
}


@pytest.mark.faults
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_file_fails_its_day_by_name_and_leaves_no_trace_when_mended(
    how: str, small_world: World, small_reference: Reference, note: Note
) -> None:
    home, day = small_world.folder / "home", DAYS[0]
    file = small_world.drops / f"conversations-{day}.jsonl.gz"
    whole = file.read_bytes()
    file.write_bytes(BROKEN[how](whole))
    ended = finish(small_world, home)
    assert ended.returncode == 1
    (told,) = [line for line in ended.stderr.splitlines() if f"day {day}: {file.name}: " in line]
    assert "cannot be read" in told
    assert "Traceback" not in ended.stderr
    built = Warehouse(home=str(home)).read("labeled_conversations")["day"].unique().to_list()
    assert built == [DAYS[1]]
    file.write_bytes(whole)
    settle(file)
    must_finish(small_world, home)
    account = account_of(small_world, home, small_reference.tables)
    note("corrupt drop", 1, 1, account)
    account.assert_clean()
    assert account.again == 0


@pytest.mark.faults
def test_lines_that_are_no_utf8_are_refused_and_taken_back_when_the_file_is_mended(
    small_world: World, small_reference: Reference, note: Note
) -> None:
    home = small_world.folder / "home"
    file = small_world.drops / f"conversations-{DAYS[0]}.jsonl.gz"
    whole = file.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    broken = [b"\xff" + line[1:] if n in (3, 5) else line for n, line in enumerate(lines)]
    file.write_bytes(gzip.compress(b"".join(broken)))
    must_finish(small_world, home)
    refused = Warehouse(home=str(home)).read("rejected_lines").filter(reason="invalid_utf8")
    assert refused.select("file", "line").rows() == [(file.name, 4), (file.name, 6)]
    file.write_bytes(whole)
    settle(file)
    must_finish(small_world, home)
    account = account_of(small_world, home, small_reference.tables)
    note("corrupt drop", 1, 1, account)
    account.assert_clean()
    assert account.again == 0
