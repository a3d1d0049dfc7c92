"""The job `release` in real Dagster runs: what is proven is released, what is shuffled never is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl
import pytest

from last_mile.adapters.releases import GATES, newest_release
from last_mile.adapters.rubric_file import SHIPPED
from last_mile.adapters.training_source import STAGED
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli.options import chosen
from last_mile.demo.drops import FIRST_DAY
from last_mile.run import RunSummary, instance_of, make_release
from last_mile_tests.scenario import lenient_rubric
from last_mile_tests.training_world import write_world

CONVERSATIONS, DAYS = 6_000, 10


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return write_world(tmp_path_factory.mktemp("home"), CONVERSATIONS, DAYS, 2, "causal")[0]


def _checks(warehouse: Warehouse) -> Mapping[str, tuple[bool, str]]:
    """The newest evaluation of each check: passed, and its severity."""
    keys = [dg.AssetCheckKey(dg.AssetKey("training_release"), gate) for gate in GATES]
    keys.append(dg.AssetCheckKey(dg.AssetKey("tier_lift"), "tiers_are_proven"))
    found: dict[str, tuple[bool, str]] = {}
    with instance_of(warehouse.installation) as instance:
        for key in keys:
            for record in instance.event_log_storage.get_asset_check_execution_history(key, 10):
                event = record.event and record.event.dagster_event
                if event and event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                    data = event.asset_check_evaluation_data
                    found.setdefault(key.name, (data.passed, data.severity.value))
    return found


def _unlocked(warehouse: Warehouse) -> set[str]:
    rows = warehouse.read("tier_lift").filter(period="later")
    return set(rows.filter("unlocked")["tier"])


def test_a_proven_tier_is_released_and_every_gate_is_a_check_that_passed(world: Warehouse) -> None:
    summary = make_release(world.installation)
    assert (summary.failures, summary.locked) == ([], [])
    assert "gold" in _unlocked(world)
    checks = _checks(world)
    assert {name: passed for name, (passed, _) in checks.items() if name in GATES} == dict.fromkeys(
        GATES, True
    )
    manifest = newest_release(world.installation.releases)
    assert manifest is not None
    unlocked = {
        (rule["tier"], rule["reason"]) for rule in manifest["tier_rules"] if rule["unlocked"]
    }
    pool = world.read("training_pool").filter(
        pl.col("label").is_not_null(), pl.col("dropped").is_null()
    )
    assert set(pool.select("tier", pl.col("reason").fill_null("")).rows()) <= unlocked


def test_a_damaged_file_fails_the_check_of_its_hash(world: Warehouse) -> None:
    make_release(world.installation)
    manifest = newest_release(world.installation.releases)
    assert manifest is not None
    file = world.installation.releases / manifest["release_id"] / "sft/train.jsonl"
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(whole.replace(b"assistant", b"user", 1))
    try:
        summary = make_release(world.installation)
    finally:
        file.write_bytes(whole)
    assert "files_equal_the_manifest" in summary.failures[0]
    assert _checks(world)["files_equal_the_manifest"][0] is False


def _shuffled(world: Warehouse, seed: int) -> None:
    """Give every conversation another one's outcome."""
    labeled = world.read("labeled_conversations")
    drawn = np.random.default_rng(seed).permutation(labeled["hired"].to_numpy())
    world.replace("labeled_conversations", labeled.with_columns(hired=pl.Series(drawn)))


def test_shuffled_outcomes_release_nothing(world: Warehouse) -> None:
    before = world.read("labeled_conversations")
    known = {path.name for path in world.installation.releases.iterdir()}
    summaries: list[RunSummary] = []
    try:
        for seed in range(2):
            _shuffled(world, seed)
            summaries.append(make_release(world.installation))
            assert _unlocked(world) == set()
    finally:
        world.replace("labeled_conversations", before)
    assert all(summary.locked and not summary.failures for summary in summaries)
    assert _checks(world)["tiers_are_proven"] == (False, "ERROR")
    assert {path.name for path in world.installation.releases.iterdir()} == known


def test_a_rubric_that_warns_releases_what_is_not_proven(world: Warehouse, tmp_path: Path) -> None:
    installation = world.installation
    settings = installation.settings()
    installation.save(replace(settings, rubric=str(lenient_rubric(tmp_path))))
    try:
        summary = make_release(installation)
        assert (summary.failures, summary.locked) == ([], [])
        assert _unlocked(world) == {"gold", "negative"}
        assert _checks(world)["tiers_are_proven"] == (False, "WARN")
    finally:
        installation.save(settings)


def test_flags_of_another_epoch_are_not_released(world: Warehouse) -> None:
    flag = {
        "conversation_id": "c", "metric": "m", "day": FIRST_DAY, "flag": "true", "reason": "judged",
        "epoch": "another", "definition_hash": "h",
    }  # fmt: skip
    world.replace("judge_flags", pl.DataFrame([flag]))
    try:
        (refused,) = make_release(world.installation).refused
    finally:
        world.replace("judge_flags", pl.DataFrame([flag]).clear())
    assert "1 other epoch(s)" in refused
    assert "run `last-mile run`" in refused


def test_an_evaluation_file_that_is_gone_is_one_sentence_with_the_way_out(
    world: Warehouse, tmp_path: Path
) -> None:
    installation = world.installation
    settings = installation.settings()
    installation.save(replace(settings, evaluation=[str(tmp_path / "gone.jsonl")]))
    try:
        (refused,) = make_release(installation).refused
        assert "--no-evaluation" in refused
        forgotten = chosen({"no_evaluation": True, "no_tokenizer": True})
        installation.save(replace(installation.settings(), **forgotten))
        assert make_release(installation).refused == []
    finally:
        installation.save(settings)


def test_conversations_that_a_killed_run_left_in_the_home_are_removed(world: Warehouse) -> None:
    left = world.installation.home / STAGED / "0.parquet"
    left.parent.mkdir()
    left.write_bytes(b"somebody's words")
    make_release(world.installation)
    assert not left.parent.exists()


def test_without_tiers_to_train_on_there_is_nothing_to_release(
    world: Warehouse, tmp_path: Path
) -> None:
    installation = world.installation
    settings = installation.settings()
    text = (SHIPPED / "proposals.yaml").read_text("utf-8")
    untiered = tmp_path / "untiered.yaml"
    untiered.write_text(text[: text.index("tiers:\n")], "utf-8")
    installation.save(replace(settings, rubric=str(untiered)))
    try:
        summary = make_release(installation)
    finally:
        installation.save(settings)
    assert (summary.failures, summary.refused) == ([], [])
    assert "there are no training rows" in summary.locked[0]
