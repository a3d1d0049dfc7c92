"""Models that are asked when the judge does not answer: only those the rubric names."""

from __future__ import annotations

from pathlib import Path

import pytest

from last_mile.core.judge.epoch import epoch_of
from last_mile.errors import UserError
from last_mile_tests.adapters.judge.world import (
    JUDGE,
    asking,
    assert_books_balance,
    calls,
    judge,
    judged_world,
    reasons,
    skipped,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer

OTHER = "openai/gpt-4o-mini-2024-07-18"  # has the price of the server's bills


@pytest.mark.parametrize(
    "faults",
    [["policy"], ["refusal"], ["too_long"], ["500"] * 6, ["dropped"] * 2],
    ids=["policy", "refusal", "too_long", "failed", "in_doubt"],
)
def test_what_the_judge_does_not_answer_its_fallback_is_asked(
    tmp_path: Path, server: JudgeServer, faults: list[str]
) -> None:
    warehouse = judged_world(tmp_path, 1, rubric=asking(fallback=[OTHER]))
    server.faults = [*faults]
    judged = judge(warehouse)
    assert reasons(warehouse) == {"polite": "judged", "wordy": "judged"}
    assert set(verdicts(warehouse)["judge"]) == {OTHER}
    assert calls(warehouse)["judge"].to_list() == [JUDGE] * len(faults) + [OTHER]
    assert (judged.progress.done, judged.verdicts) == (1, 2)
    assert_books_balance(warehouse, server)


def test_with_a_fallback_the_epoch_is_another_also_of_what_the_judge_answered_itself(
    tmp_path: Path, server: JudgeServer
) -> None:
    alone = judged_world(tmp_path / "a", 1)
    helped = judged_world(tmp_path / "b", 1, rubric=asking(fallback=[OTHER]))
    judge(alone)
    judge(helped)
    (without,), (with_fallback,) = (
        verdicts(warehouse)["epoch"].unique().to_list() for warehouse in (alone, helped)
    )
    assert without != with_fallback
    assert with_fallback == epoch_of(helped.installation.rubric(), JUDGE)
    assert set(verdicts(helped)["judge"]) == {JUDGE}


def test_a_fallback_that_does_not_answer_either_leaves_the_reason_of_the_last(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1, rubric=asking(fallback=[OTHER]))
    server.faults = ["policy", "refusal"]
    judge(warehouse)
    assert reasons(warehouse) == {"polite": "refused", "wordy": "refused"}
    assert server.calls == 2
    assert_books_balance(warehouse, server)


def test_when_neither_answers_the_conversation_is_left_for_the_next_run(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1, rubric=asking(fallback=[OTHER]))
    server.faults = ["500"] * 12
    with pytest.raises(UserError, match="no call was answered"):
        judge(warehouse)
    assert server.calls == 12
    assert skipped(warehouse) == ["unanswered"]


def test_a_part_the_judge_has_answered_stays_its_own(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 1, rubric=asking(fallback=[OTHER]))
    server.faults = ["missing", "policy"]  # the repair is refused
    judged = judge(warehouse)
    by_metric = dict(verdicts(warehouse).select("metric", "judge").iter_rows())
    assert by_metric == {"wordy": JUDGE, "polite": OTHER}
    assert judged.verdicts == 2
    assert_books_balance(warehouse, server)
