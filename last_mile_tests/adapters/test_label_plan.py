"""Which conversations people label next: how many, which, in what file, and what is recorded."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from click.testing import CliRunner

from last_mile.adapters.labels import Planned, plan_labels
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli.labels import labels
from last_mile.core.calibration import (
    calibration_fragments,
    corrected_lift,
    judge_calibration,
    next_to_label,
    reading_order,
)
from last_mile.core.judge.epoch import epoch_of
from last_mile.errors import UserError
from last_mile_tests.adapters.judged import (
    Judged,
    grid,
    installed,
    judge_again,
    judged_rubric,
    land_labels,
)
from last_mile_tests.scenario import json_lines, label, rubric, write_file

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC).replace(tzinfo=None)
SIZES: dict[tuple[bool, bool | None], int] = {
    (True, True): 8, (True, False): 40, (False, True): 12, (False, False): 60, (True, None): 30,
}  # fmt: skip
FIELDS = ["conversation_id", "metric", "question", "value"]


def _population(n: int = 200) -> pl.DataFrame:
    """Conversations in four cells of very different size; none is labelled."""
    return pl.DataFrame(
        {
            "conversation_id": [f"c{i}" for i in range(n)],
            "judged": [i % 2 == 0 for i in range(n)],
            "event": [i % 10 < 2 for i in range(n)],
            "answered": [False] * n,
            "counts": [False] * n,
        }
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as held:
        return list(csv.DictReader(held))


class Drawn(NamedTuple):
    """A plan: 10 labels a cell, seed 7."""

    warehouse: Warehouse
    out: Path
    planned: Planned


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """One plan for all tests that change nothing of it."""
    folder = tmp_path_factory.mktemp("drawn")
    warehouse, out = installed(folder, grid(SIZES)), folder / "plan.csv"
    return Drawn(warehouse, out, _plan(warehouse, out, seed=7))


def _plan(warehouse: Warehouse, out: Path, **over: Any) -> Planned:
    return plan_labels(warehouse, out, NOW, **{"per_cell": 10, **over})


def _answer(warehouse: Warehouse, names: list[str], file: str) -> dict[str, bool]:
    """People call every one of these robotic; landed."""
    rows = [label(name) for name in names]
    write_file(Path(warehouse.installation.settings().drops), file, json_lines(rows))
    return land_labels(warehouse)


# --- the draw


def test_the_order_of_the_rows_does_not_matter() -> None:
    population = _population()
    drawn, _ = next_to_label("robotic", population, seed=1, per_cell=7)
    again, _ = next_to_label("robotic", population.sample(fraction=1, shuffle=True, seed=3), 1, 7)
    assert drawn.height == 28
    assert drawn.equals(again)


def test_another_seed_draws_others() -> None:
    one, other = (
        set(next_to_label("robotic", _population(), seed, 7)[0]["conversation_id"])
        for seed in (1, 2)
    )
    assert one != other


def test_a_larger_draw_holds_the_smaller() -> None:
    small, large = (
        set(next_to_label("robotic", _population(), 1, n)[0]["conversation_id"]) for n in (5, 9)
    )
    assert small < large


def test_labels_there_are_fill_their_cell_and_a_small_cell_gives_what_it_has() -> None:
    counts = pl.col("judged") & ~pl.col("event") & (pl.col("conversation_id") != "c4")
    labelled = _population(60).with_columns(counts.alias("answered"), counts.alias("counts"))
    _, cells = next_to_label("robotic", labelled, seed=1, per_cell=24)
    found = {(c.judged, c.event): (c.n, c.labelled, c.to_label) for c in cells}
    # of 60: i % 10 < 2 is 12, 6 of them even; c4 alone has no label in its cell of 24
    assert found == {
        (True, True): (6, 0, 6), (False, True): (6, 0, 6),
        (True, False): (24, 23, 1), (False, False): (24, 0, 24),
    }  # fmt: skip


def test_the_reading_order_tells_nothing_about_the_cell() -> None:
    """In the order of drawing, those of a large cell would stand first."""
    names = [f"c{i}" for i in range(10_010)]
    population = pl.DataFrame({"conversation_id": names}).with_columns(
        judged=True, event=pl.Series([i < 10 for i in range(10_010)]),
        answered=False, counts=False,
    )  # fmt: skip
    drawn, _ = next_to_label("robotic", population, seed=1, per_cell=10)
    place = reading_order(drawn["conversation_id"], 1)
    rare = [place[name] for name in drawn.filter("event")["conversation_id"]]
    assert sorted(place.values()) == list(range(20))
    # ten random places of twenty have a mean of 9.5 +- 1.3; the last ten would have 14.5
    assert 6 < sum(rare) / 10 < 13


# --- the file


def test_the_file_is_blind_and_holds_every_drawn_question_once(drawn: Drawn) -> None:
    found = _rows(drawn.out)
    assert list(found[0]) == FIELDS
    assert {(row["metric"], row["question"], row["value"]) for row in found} == {
        ("robotic", "Is it robotic?", "")
    }
    known = {row.name: (row.robotic, row.hired) for row in grid(SIZES)}
    cells = [known[row["conversation_id"]] for row in found]
    # 8 of 8, then 10 of each; the open ones have no cell
    assert {cell: cells.count(cell) for cell in set(cells)} == {
        (True, True): 8, (True, False): 10, (False, True): 10, (False, False): 10,
    }  # fmt: skip
    planned = drawn.planned
    assert (planned.labels, planned.conversations, planned.outcome) == (38, 38, "hired")
    assert len({row["conversation_id"] for row in found}) == 38


def test_the_draw_is_recorded_with_its_cell_judge_and_seed(drawn: Drawn) -> None:
    plan = drawn.warehouse.read("label_plan")
    assert set(plan["conversation_id"]) == {row["conversation_id"] for row in _rows(drawn.out)}
    row = plan.row(0, named=True)
    assert (row["metric"], row["outcome"], row["seed"]) == ("robotic", "hired", 7)
    assert (row["epoch"], row["planned_at"]) == (epoch_of(judged_rubric(), "rules"), NOW)
    assert plan.filter(judged=True, event=True).height == 8


def test_tasks_for_label_studio_hold_the_texts(drawn: Drawn, tmp_path: Path) -> None:
    _plan(drawn.warehouse, tmp_path / "tasks.json", form="label-studio", seed=7)
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert len(tasks) == 38
    assert {tuple(task) for task in tasks} == {("data",)}
    assert set(tasks[0]["data"]) == {"conversation_id", "metric", "question", "dialogue"}
    assert tasks[0]["data"]["dialogue"] == [
        {"author": "user", "text": "Write a proposal for this job."},
        {"author": "assistant", "text": "Dear client, I can start today."},
    ]


def test_planning_twice_asks_for_the_same_until_they_are_answered(tmp_path: Path) -> None:
    warehouse = installed(tmp_path, grid(SIZES))
    _plan(warehouse, tmp_path / "one.csv")
    _plan(warehouse, tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    names = [row["conversation_id"] for row in _rows(tmp_path / "one.csv")]
    _answer(warehouse, names[:30], "labels.jsonl")
    _plan(warehouse, tmp_path / "three.csv")
    assert [row["conversation_id"] for row in _rows(tmp_path / "three.csv")] == names[30:]
    assert warehouse.read("label_plan").height == 38


# --- what the labels then count as


def test_labels_of_a_plan_are_weighted_and_others_are_not(tmp_path: Path) -> None:
    rows = grid({(True, True): 20, (True, False): 60, (False, True): 40, (False, False): 200})
    warehouse = installed(tmp_path, rows)
    _answer(warehouse, ["c0", "c1"], "labels-random.jsonl")
    assert _calibration(warehouse)["design"] == "random"
    _plan(warehouse, tmp_path / "plan.csv")
    names = [row["conversation_id"] for row in _rows(tmp_path / "plan.csv")]
    assert len(names) == 38  # two of the first cell are there
    _answer(warehouse, names, "labels-plan.jsonl")
    row = _calibration(warehouse)
    assert (row["design"], row["n"], row["n_flagged"]) == ("stratified", 40, 320)


def test_labels_planned_for_an_earlier_judge_count_again_once_they_are_drawn_again(
    tmp_path: Path,
) -> None:
    rows = grid({(True, True): 20, (True, False): 60, (False, True): 40, (False, False): 200})
    warehouse = installed(tmp_path, rows)
    _plan(warehouse, tmp_path / "plan.csv")
    names = [row["conversation_id"] for row in _rows(tmp_path / "plan.csv")]
    _answer(warehouse, names, "labels.jsonl")
    assert _calibration(warehouse)["n"] == 40
    other = [Judged(row.name, not row.robotic, row.hired) for row in rows]
    judge_again(warehouse, other, judged_rubric(), "recorded")
    assert _calibration(warehouse) is None  # drawn by another judge's flags: no weight is known
    again = _plan(warehouse, tmp_path / "again.csv")
    # the same cells under other names, the same order: all are answered already
    assert (again.labels, sum(cell.reused for cell in again.cells)) == (0, 40)
    assert not (tmp_path / "again.csv").exists()
    assert _calibration(warehouse)["n"] == 40


def test_a_lift_is_corrected_from_the_tables(tmp_path: Path) -> None:
    rows = grid({(True, True): 20, (True, False): 60, (False, True): 40, (False, False): 200})
    warehouse = installed(tmp_path, rows)
    truth = {row.name: row.robotic for row in rows}
    labelled = [label(name, value=str(int(says))) for name, says in truth.items()]
    drops = Path(warehouse.installation.settings().drops)
    write_file(drops, "labels.jsonl", json_lines(labelled))
    land_labels(warehouse)
    found = corrected_lift(row for row in _cells(warehouse) if row["outcome"] == "hired")
    assert found.rr == pytest.approx((20 / 80) / (40 / 240))  # the judge is right, all are labelled


def test_flags_of_another_epoch_calibrate_nothing(tmp_path: Path) -> None:
    warehouse = installed(tmp_path, grid({(True, True): 20, (False, False): 20}))
    assert sum(row["n"] for row in _cells(warehouse) if row["outcome"] == "hired") > 0
    assert _cells(warehouse, "another") == []


def _cells(warehouse: Warehouse, of_epoch: str | None = None) -> list[dict[str, Any]]:
    asked = warehouse.installation.rubric()
    epoch = of_epoch or epoch_of(asked, warehouse.installation.settings().judge)
    fragments = calibration_fragments(asked, epoch)
    return warehouse.read("calibration_cells", fragments=fragments).to_dicts()


def _calibration(warehouse: Warehouse) -> Any:
    """The row of `robotic`, or None."""
    rows = judge_calibration(_cells(warehouse), "hired", "e").to_dicts()
    return rows[0] if rows else None


# --- what cannot be planned


def test_an_existing_file_is_left_alone(drawn: Drawn, tmp_path: Path) -> None:
    out = tmp_path / "plan.csv"
    out.write_text("answers of a week")
    with pytest.raises(UserError, match="exists; it may hold labels already"):
        _plan(drawn.warehouse, out, seed=8)
    assert out.read_text() == "answers of a week"
    assert drawn.warehouse.read("label_plan")["seed"].unique().to_list() == [7]


@pytest.mark.parametrize(
    ("out", "over", "message"),
    [
        ("p.csv", {"metrics": ["kind"]}, "--metric kind: no judged metric"),
        ("no/p.csv", {}, "does not exist; make it"),
        ("drops/p.csv", {}, "in the drop folder"),
    ],
)
def test_why_nothing_is_planned(drawn: Drawn, out: str, over: Any, message: str) -> None:
    file = drawn.out.parent / out
    with pytest.raises(UserError, match=message):
        _plan(drawn.warehouse, file, **over)
    assert not file.exists()


def test_nothing_to_label_says_so(tmp_path: Path) -> None:
    warehouse = installed(tmp_path, grid({(True, True): 2, (False, False): 2}))
    _answer(warehouse, ["c0", "c1", "c2", "c3"], "labels.jsonl")
    with pytest.raises(UserError, match="nothing to label: every cell has 10 labels, or all"):
        _plan(warehouse, tmp_path / "plan.csv")


def test_without_known_outcomes_there_are_no_cells(tmp_path: Path) -> None:
    warehouse = installed(tmp_path, grid({(True, None): 3}))
    with pytest.raises(UserError, match="no conversation has a judge's flag and a known outcome"):
        _plan(warehouse, tmp_path / "plan.csv")


def test_a_rubric_without_judged_metrics_has_nothing_to_label(tmp_path: Path) -> None:
    asked = rubric(metrics=[m for m in rubric().metrics if m.kind == "heuristic"], tiers=[])
    warehouse = installed(tmp_path, grid({(True, True): 3}))
    Path(warehouse.installation.settings().rubric).write_text(
        json.dumps(asked.model_dump(mode="json", exclude_none=True))
    )
    with pytest.raises(UserError, match="no judged metric, so there is nothing to label"):
        _plan(warehouse, tmp_path / "plan.csv")


def test_a_metric_whose_labels_are_one_value_of_many_cannot_be_asked(tmp_path: Path) -> None:
    asked = judged_rubric(labels={"metric": "tone", "value": "robotic"})
    warehouse = installed(tmp_path, grid(SIZES), asked)
    with pytest.raises(UserError, match="in which no row says no"):
        _plan(warehouse, tmp_path / "plan.csv")


# --- the command


def test_the_command_prints_the_cells_and_the_cost(tmp_path: Path) -> None:
    installed(tmp_path, grid(SIZES))
    out = tmp_path / "tasks.json"
    done = CliRunner().invoke(
        labels,
        ["plan", "--home", str(tmp_path / "home"), "--per-cell", "10", "--out", str(out),
         "--format", "label-studio", "--metric", "robotic"],
        catch_exceptions=False,
    )  # fmt: skip
    lines = [line.split() for line in done.output.splitlines()]
    assert lines[0][-5:] == ["hired", "conversations", "labelled", "to", "label"]
    assert ["robotic", "yes", "yes", "8", "0", "8"] in lines
    assert ["robotic", "no", "no", "60", "0", "10"] in lines
    assert f"Cost: 38 labels on 38 conversations, in {out}." in done.output
    assert '<Choices name="value" toName="dialogue"' in done.output
