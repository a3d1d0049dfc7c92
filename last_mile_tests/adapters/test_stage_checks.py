"""Every check between the stages holds in a sound warehouse, and names the rows of a broken one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from last_mile.adapters.expectations import run_check
from last_mile.adapters.sql_files import TABLES, query_text
from last_mile.adapters.warehouse import Warehouse
from last_mile.adapters.warehouse.database import opened
from last_mile.core.expectation import STAGE_CHECKS, CheckResult, StageCheck
from last_mile.definitions import defs
from last_mile_tests.adapters.defects import DEFECTS
from last_mile_tests.adapters.sound import SPAN, VIEWS, sound_warehouse
from last_mile_tests.scenario import DAY

_BROKEN: list[str] = []  # what the test that runs has broken
CHECKS = {f"{check.asset}.{check.name}": check for check in STAGE_CHECKS}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return sound_warehouse(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def sound(whole: Warehouse) -> Iterator[Warehouse]:
    """The warehouse; what a test breaks in it is mended."""
    _BROKEN.clear()
    yield whole
    with opened(whole.installation.warehouse) as connection:
        for table in set(TABLES) - VIEWS:
            if any(table in sql for sql in _BROKEN):
                connection.execute(f"create or replace table {table} as from sound_{table}")


def _break(warehouse: Warehouse, sql: str) -> None:
    _BROKEN.append(sql)
    with opened(warehouse.installation.warehouse) as connection:
        connection.execute(sql)


def _run(warehouse: Warehouse, check: StageCheck) -> CheckResult:
    return run_check(warehouse, check, SPAN if check.daily else None)


def test_every_check_holds_in_a_sound_warehouse(whole: Warehouse) -> None:
    results = [_run(whole, check) for check in STAGE_CHECKS]
    assert [result.sentence() for result in results if not result.passed] == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_broken_row_is_named(sound: Warehouse, name: str) -> None:
    defect = DEFECTS[name]
    _break(sound, defect.sql)
    result = _run(sound, CHECKS[name])
    found = {item.words: list(item.examples) for item in result.broken}
    if name == "metric_lift.outcomes_are_fresh":
        ((words, (told,)),) = found.items()
        found = {words: [re.sub(r"2026-02-01 and \d+ days behind today$", "", told)]}
    assert found == defect.broken
    assert all(row in result.sentence() for rows in defect.broken.values() for row in rows)
    assert result.sentence().endswith(CHECKS[name].fix)


@pytest.mark.parametrize("name", CHECKS)
def test_no_expectation_is_one_that_cannot_break(name: str) -> None:
    assert set(DEFECTS[name].broken) == {item.words for item in CHECKS[name].expectations}


def test_every_asset_with_a_table_is_checked_and_its_columns_are() -> None:
    assets = {key.to_user_string() for key in defs().resolve_all_asset_keys()} & set(TABLES)
    # evaluation_texts is checked with what is held against it: it is made in every release job,
    # also where the rest of the release is locked
    assert {check.asset for check in STAGE_CHECKS} == assets - {"evaluation_texts"}
    assert assets <= {table for check in STAGE_CHECKS for table in check.tables}


def test_what_is_odd_warns_and_what_is_wrong_blocks() -> None:
    warn = {name for name, check in CHECKS.items() if not check.blocking}
    assert warn == {
        "judge_verdicts.one_model_answers",
        "labeled_conversations.flags_are_plausible",
        "metric_lift.outcomes_are_fresh",
        "metric_lift.no_orphans",
        "drift.prevalence_is_steady",
        "drift.judge_agrees_as_before",
        "drift.relation_is_steady",
    }
    assert {CHECKS[name].severity for name in warn} == {"WARN"}


def test_a_query_is_about_days_where_its_check_is() -> None:
    for check in STAGE_CHECKS:
        assert ("$start" in (query_text(check.query) or "")) is check.daily, check.query


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("alter table labeled_conversations drop column robotic", "labeled_conversations.robotic"),
        (
            "alter table labeled_conversations alter column hired__seen_days type varchar",
            "labeled_conversations.hired__seen_days",
        ),
        ("alter table labeled_conversations drop column user_id", "labeled_conversations.user_id"),
    ],
    ids=["of the rubric", "of another type", "of sql/"],
)
def test_a_column_that_is_not_as_declared_is_named(sound: Warehouse, sql: str, named: str) -> None:
    check = CHECKS["labeled_conversations.flags_are_plausible"]
    columns = StageCheck(
        check.asset, check.name, "", (), "scope", fix="", tables=("labeled_conversations",),
        shared_query="quality_tiers__complete",
    )  # fmt: skip
    _break(sound, sql)
    (broken,) = _run(sound, columns).broken
    assert (broken.broken, broken.examples) == (1, [named])
    assert "last-mile doctor" in broken.fix


def test_columns_of_a_rubric_of_before_may_stay(sound: Warehouse) -> None:
    _break(sound, "alter table labeled_conversations add column charming boolean")
    assert _run(sound, CHECKS["labeled_conversations.complete"]).passed


def test_a_column_that_sql_does_not_know_is_named(sound: Warehouse) -> None:
    _break(sound, "alter table quality_tiers add column mood varchar")
    (broken,) = _run(sound, CHECKS["quality_tiers.complete"]).broken
    assert broken.examples == ["quality_tiers.mood"]


def test_a_day_of_its_own_is_not_held_to_the_rows_of_others(sound: Warehouse) -> None:
    _break(sound, "update quality_tiers set day = '2026-01-07' where conversation_id = 'c1'")
    check, (first, last) = CHECKS["quality_tiers.complete"], SPAN
    assert first == DAY
    (missing,) = run_check(sound, check, SPAN._replace(end=DAY.replace(day=6))).broken
    assert missing.sentence() == "conversations without a tier: 1 (\u2039c1\u203a)"
    (other,) = run_check(sound, check, SPAN._replace(start=DAY.replace(day=6))).broken
    assert other.sentence() == "tiers of other conversations: 1 (\u2039c1\u203a)"
    assert run_check(sound, check, SPAN._replace(start=last)).passed


def test_a_metric_nobody_ever_has_is_odd_on_a_large_day_only_without_a_history(
    sound: Warehouse,
) -> None:
    rows = """insert into labeled_conversations by name
    select '{day}' || i as conversation_id, date '2026-01-{day}' as day, false as robotic
    from range({n}) as numbers(i);"""
    check = CHECKS["labeled_conversations.flags_are_plausible"]
    _break(sound, rows.format(day="05", n=94))  # and c1 to c5: 99 conversations
    assert run_check(sound, check, SPAN).rows == 0
    _break(sound, rows.format(day="06", n=1))
    assert [item.words for item in run_check(sound, check, SPAN).broken] == ["prevalence ≥ lowest"]
    _break(sound, rows.format(day="20", n=500))  # where nobody has it, either
    assert run_check(sound, check, SPAN).passed


def test_where_no_outcome_ever_arrived_they_are_known_up_to_no_day(sound: Warehouse) -> None:
    check = CHECKS["metric_lift.outcomes_are_fresh"]
    _break(sound, "delete from outcome_logs; delete from log_files where kind = 'outcomes'")
    assert run_check(sound, check).passed  # since yesterday, so to say: all conversations are new
    _break(sound, "update conversations set day = '2026-01-09' where conversation_id = 'c1'")
    (stale,) = run_check(sound, check).broken  # 5 January to 9 January
    assert stale.examples[0].startswith("known up to no day, as none ever arrived, 4 days behind")
