"""Batches that were made and not noted, or noted and not made: found again, paid once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from last_mile.adapters.judge import batches as module
from last_mile.adapters.judge.batch_api import BatchApi
from last_mile.errors import UserError
from last_mile_tests.adapters.judge.world import (
    assert_books_balance,
    batch_states,
    batched_world,
    calls,
    judge,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer


def test_a_creation_whose_answer_is_lost_is_found_by_its_metadata_and_not_made_twice(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = batched_world(tmp_path)
    server.batches.create_faults = ["dropped"]
    judge(warehouse)
    judge(warehouse)
    assert len(server.batches.made) == 1
    assert verdicts(warehouse).height == 12
    assert_books_balance(warehouse, server)


class Killed(BaseException):
    """Stands for the end of the process: nobody handles it."""


@pytest.mark.parametrize("made", [True, False], ids=["after_creation", "before_creation"])
def test_a_run_killed_while_it_hands_over_pays_a_batch_once(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch, made: bool
) -> None:
    warehouse = batched_world(tmp_path)
    submit = BatchApi.submit

    async def killed(*asked: Any) -> None:
        if made:
            await submit(*asked)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(BatchApi, "submit", killed)
        dying.setattr(module.Batches, "_give_up", lambda *_: None)  # the dead do nothing
        with pytest.raises(Killed):
            judge(warehouse)
    assert batch_states(warehouse) == ["preparing"]
    assert set(calls(warehouse)["result"]) == {"pending"}
    judge(warehouse, "r2")
    judge(warehouse, "r3")
    assert len(server.batches.made) == 1
    assert verdicts(warehouse).height == 12
    assert_books_balance(warehouse, server)


def test_a_run_interrupted_while_it_hands_over_pays_a_batch_once(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after the provider made the batch and before its answer arrived."""
    warehouse = batched_world(tmp_path)
    submit = BatchApi.submit

    async def interrupted(*asked: Any) -> None:
        await submit(*asked)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(BatchApi, "submit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            judge(warehouse)
    judge(warehouse, "r2")
    judge(warehouse, "r3")
    assert len(server.batches.made) == 1
    assert_books_balance(warehouse, server)


def test_a_provider_that_is_gone_after_a_lost_answer_is_asked_again_before_another_batch(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch was made, its answer lost, and the list of batches cannot be had either."""
    warehouse = batched_world(tmp_path)
    server.batches.create_faults = ["dropped"]

    async def gone(*_: Any) -> None:
        raise UserError("the provider cannot be asked")

    with monkeypatch.context() as without_list:
        without_list.setattr(BatchApi, "find", gone)
        with pytest.raises(UserError):
            judge(warehouse)
    judge(warehouse, "r2")
    judge(warehouse, "r3")
    assert len(server.batches.made) == 1
    assert_books_balance(warehouse, server)


def test_a_batch_is_found_among_hundreds_of_later_ones(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = batched_world(tmp_path)
    submit = BatchApi.submit

    async def killed(*asked: Any) -> None:
        await submit(*asked)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(BatchApi, "submit", killed)
        dying.setattr(module.Batches, "_give_up", lambda *_: None)
        with pytest.raises(Killed):
            judge(warehouse)
    others = {"input_file_id": "file-of-others", "endpoint": "e", "completion_window": "24h"}
    server.batches.files["file-of-others"] = b"not ours"
    for _ in range(120):
        server.batches.create(others)
    judge(warehouse, "r2")
    judge(warehouse, "r3")
    assert len(server.batches.made) == 121
    assert_books_balance(warehouse, server)


def test_a_run_killed_while_it_collects_settles_every_row_once(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = batched_world(tmp_path)
    judge(warehouse)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(module.Batches, "_note", killed)
        with pytest.raises(Killed):
            judge(warehouse, "r2")
    assert batch_states(warehouse) == ["submitted"]
    judge(warehouse, "r3")
    assert batch_states(warehouse) == ["collected"]
    assert verdicts(warehouse).height == 12
    assert len(server.batches.made) == 1
    assert_books_balance(warehouse, server)
