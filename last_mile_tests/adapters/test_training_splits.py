"""Who is in which split: by task and user, for ever, the newest days apart."""

from __future__ import annotations

import random
from pathlib import Path

from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.adapters.training_tables import labeled, on, split


def _conversations(n: int, users: int, jobs: int, days: int = 1) -> list[dict[str, object]]:
    drawn = random.Random(1)
    return [
        labeled(
            f"c{i:04d}",
            user_id=f"u{drawn.randrange(users)}",
            task_id=f"job {drawn.randrange(jobs)}",
            day=on(1 + drawn.randrange(days)),
        )
        for i in range(n)
    ]


def test_no_user_and_no_task_of_the_test_split_is_in_training(tmp_path: Path) -> None:
    conversations = _conversations(2000, users=300, jobs=500, days=20)
    splits = split(tmp_path, conversations)
    seen = {
        name: {
            column: {
                c[column] for c in conversations if splits[str(c["conversation_id"])][0] == name
            }
            for column in ("user_id", "task_id")
        }
        for name in ("train", "test", "holdout")
    }
    for other in ("test", "holdout"):
        assert seen["train"]["user_id"].isdisjoint(seen[other]["user_id"])
        assert seen["train"]["task_id"].isdisjoint(seen[other]["task_id"])
    reasons = {reason for _, reason in splits.values()}
    assert reasons == {None, "user_in_test", "seen_in_training"}


def test_about_a_tenth_of_the_tasks_is_for_testing(tmp_path: Path) -> None:
    conversations = [labeled(f"c{i}", task_id=f"job {i}", user_id=f"u{i}") for i in range(3000)]
    splits = split(tmp_path, conversations)
    n_test = sum(name == "test" for name, _ in splits.values())
    assert abs(n_test - 300) < 50  # three standard errors: 3 sqrt(3000 x .1 x .9) = 49.3


def test_the_split_of_a_task_is_fixed_by_the_salt(tmp_path: Path) -> None:
    conversations = [labeled(f"c{i}", task_id=f"job {i}") for i in range(40)]
    drawn = {
        name for name, (kept, _) in split(tmp_path / "a", conversations).items() if kept == "test"
    }
    # a change here moves conversations between the splits of every release written so far
    assert drawn == {"c10", "c17", "c18", "c23", "c24", "c33"}
    other = split(tmp_path / "b", conversations, salt="another")
    assert {name for name, (kept, _) in other.items() if kept == "test"} != drawn


def test_more_conversations_never_move_one_between_training_and_test(tmp_path: Path) -> None:
    conversations = _conversations(1500, users=300, jobs=400)
    before = split(tmp_path / "a", conversations[:700])
    after = split(tmp_path / "b", conversations)
    moves = {(before[name][0], after[name][0]) for name in before}
    assert moves == {("train", "train"), ("test", "test"), (None, None), ("train", None)}


def test_without_a_task_a_user_is_in_one_split(tmp_path: Path) -> None:
    conversations = [labeled(f"c{i}", user_id=f"u{i % 60}", task_id=None) for i in range(300)]
    splits = split(tmp_path, conversations)
    for user in range(60):
        assert len({splits[f"c{i}"] for i in range(user, 300, 60)}) == 1
    assert {kept for kept, _ in splits.values()} == {"train", "test"}


def test_without_user_and_task_every_conversation_is_drawn_for_itself(tmp_path: Path) -> None:
    conversations = [labeled(f"c{i}", user_id=None, task_id=None) for i in range(300)]
    assert {kept for kept, _ in split(tmp_path, conversations).values()} == {"train", "test"}


def test_the_newest_days_are_held_out_where_neither_user_nor_task_was_seen(tmp_path: Path) -> None:
    conversations = [
        labeled("old", user_id="u1", task_id="job 1", day=on(1)),
        labeled("day before", user_id="u2", task_id="job 2", day=on(8)),
        labeled("new", user_id="u3", task_id="job 3", day=on(9)),
        labeled("same user", user_id="u1", task_id="job 4", day=on(10)),
        labeled("same task", user_id="u4", task_id="job 1", day=on(10)),
    ]
    # ten days: a fifth of them, two, is held out; 7 would be allowed
    assert split(tmp_path, conversations, salt="quiet") == {
        "old": ("train", None),
        "day before": ("train", None),
        "new": ("holdout", None),
        "same user": (None, "seen_in_training"),
        "same task": (None, "seen_in_training"),
    }


def test_a_few_days_are_not_held_out(tmp_path: Path) -> None:
    conversations = [labeled(f"c{i}", day=on(1 + i % 4)) for i in range(40)]
    assert "holdout" not in {kept for kept, _ in split(tmp_path, conversations).values()}


def test_no_conversations_no_splits(tmp_path: Path) -> None:
    assert split(tmp_path, []) == {}
    assert Warehouse(home=str(tmp_path)).read("training_splits").is_empty()
