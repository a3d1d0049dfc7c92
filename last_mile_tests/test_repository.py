"""Promises about the files of the repository: asset = table = SQL file, lock file, compose file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from last_mile.adapters.releases import GATES
from last_mile.adapters.rubric_file import SHIPPED, load_rubric
from last_mile.adapters.sql_files import SQL, TABLES
from last_mile.core.conversation import conversation_from
from last_mile.core.expectation import STAGE_CHECKS
from last_mile.core.rules_judge import KNOWN
from last_mile.definitions import defs

ROOT = Path(__file__).parents[1]
NO_ASSET = {  # bookkeeping, views, and what the asset conversations writes beside its table
    "erasures", "erased_keys",
    "log_files", "day_changes", "conversation_texts", "known_up_to", "replaced_events",
    "flag_versions",
    "duplicate_lines", "lift_seen", "label_plan", "release_links", "failure_examples",
    "judge_samples", "judge_calls", "judge_batches", "judge_skipped", "judge_grouping",
    "judge_epochs", "judge_bridge_samples",
}  # fmt: skip
NO_TABLE = {"training_release", "report"}  # files


def test_every_asset_is_a_table_is_a_sql_file() -> None:
    assets = {key.to_user_string() for key in defs().resolve_all_asset_keys()}
    assert assets - NO_TABLE == set(TABLES) - NO_ASSET
    assert {file.stem for file in SQL.glob("*.sql")} == set(TABLES)


def test_every_sql_file_begins_with_what_a_row_is() -> None:
    for file in SQL.rglob("*.sql"):
        first = file.read_text("utf-8").splitlines()[0]
        assert first.startswith("-- One row"), file.name


def test_every_stage_check_has_its_query_and_blocks_unless_it_says_so() -> None:
    queries = {file.stem for file in (SQL / "checks").glob("*.sql")}
    assert queries == {check.query for check in STAGE_CHECKS}
    specs = [spec for check in defs().asset_checks or () for spec in check.check_specs]
    # and whether tiers are proven, whether days failed, and the gates of a release
    assert len(specs) == len(STAGE_CHECKS) + 2 + len(GATES)
    warning = {spec.key.to_user_string() for spec in specs if not spec.blocking}
    assert warning == {"report:no_failed_partitions"} | {
        f"{check.asset}:{check.name}" for check in STAGE_CHECKS if not check.blocking
    }


def test_shipped_rubrics_are_valid_and_the_rules_judge_knows_their_questions() -> None:
    for file in SHIPPED.glob("*.yaml"):
        rubric = load_rubric(file)
        assert {metric.id for metric in rubric.judged} <= set(KNOWN), file.name
        assert all(
            metric.prior.author and metric.question.endswith("?") for metric in rubric.metrics
        )
    proposals = load_rubric("proposals")
    assert (len(proposals.heuristics), len(proposals.judged)) == (11, 14)


def test_the_lock_file_pins_every_package_by_hash_and_names_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
    packages = re.findall(r"^[a-z0-9][^\s]*==[^\s]+.*\\$", text, re.MULTILINE)
    assert len(packages) > 100
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", text.strip()))


def test_the_readmes_recipe_for_a_log_format_is_one() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    recipe: dict[str, Any] = {}
    exec(code, recipe)
    known = recipe["FORMAT"]
    record = {
        "display_id": 7,
        "inbox_id": 1,
        "contact_id": 12,
        "created_at": 1767607200,
        "messages": [
            {"sender_type": "contact", "content": "Hi"},
            {"sender_type": "user", "content": "Hello"},
        ],
    }
    assert known.looks_like(record)
    found, own = conversation_from(known.read(record))
    assert (found.conversation_id, found.user_id) == ("7", "12")
    assert [(m.role, m.content) for m in found.messages] == [("user", "Hi"), ("assistant", "Hello")]
    assert own is not None
    assert own.utc.isoformat() == "2026-01-05T10:00:00"
