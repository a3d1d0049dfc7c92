"""The UI as people use it: every act is a click, GraphQL only waits for what it started.

Not here: what assets compute and checks find, which their own tests hold.
"""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page, expect

from last_mile.definitions import defs
from last_mile_tests.browser import clicks
from last_mile_tests.browser.services import Ui, wait_for
from last_mile_tests.browser.world import (
    BACKFILLED,
    BROKEN,
    BUILT,
    DAYS,
    EMPTY_CONVERSATION,
    MISSING,
    World,
)

pytestmark = pytest.mark.browser

_ONE_METRIC = "ops: {{heuristic_flags: {{config: {{metrics: [{metric}]}}}}}}"
_RUN_S, _BACKFILL_S = 90.0, 180.0
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
_BACKFILL_ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}


def test_the_lineage_graph_shows_every_asset_in_its_group(page: Page, ui: Ui) -> None:
    specs = defs().resolve_all_asset_specs()
    clicks.expand_lineage(page, ui.url)
    nodes = page.locator("svg foreignObject:not(.group)")
    expect(nodes.filter(has_text="training_release")).to_be_visible()
    shown = nodes.all_text_contents()
    hidden = {
        s.key.path[-1] for s in specs if not any(_is_short_for(t, s.key.path[-1]) for t in shown)
    }
    assert not hidden
    for group in {spec.group_name or "default" for spec in specs}:
        expect(page.locator("svg foreignObject.group", has_text=group).first).to_be_visible()
    built = nodes.filter(has=page.locator('[style*="green"]'), has_text="conversation_logs")
    expect(built).to_be_visible()  # what the command line built has its colour
    clicks.picture(page, "lineage", clip=clicks.CANVAS)


def _is_short_for(text: str, name: str) -> bool:
    """Long names are shown with dots in their middle."""
    head, dots, tail = text.strip().partition("…")
    return name.startswith(head) and name.endswith(tail) if dots else text.strip() == name


def test_an_asset_page_says_what_its_table_holds(page: Page, ui: Ui, world: World) -> None:
    clicks.open_asset(page, ui.url, "heuristic_flags")
    expect(page.get_by_text("One flag per conversation").first).to_be_visible()
    rows = {f"{world.rows_of('heuristic_flags', day):,}" for day in BUILT}
    shown = page.get_by_text("Row count", exact=True).locator("../..")
    expect(shown).to_contain_text(re.compile("|".join(rows)))  # of the day that was built last
    for column in ("conversation_id", "metric", "flag", "reason"):
        expect(page.get_by_text(column, exact=True).first).to_be_visible()
    clicks.picture(page, "asset_metadata", 1400)


@pytest.mark.skipif(clicks.PICTURES not in os.environ, reason="only more days tell lifts apart")
def test_the_lifts_are_drawn(page: Page, ui: Ui) -> None:
    clicks.open_asset(page, ui.url, "metric_lift")
    page.get_by_text("Show Markdown").first.click()
    expect(page.get_by_role("dialog").get_by_role("img").first).to_be_visible()
    clicks.picture(page, "metric_lift", 900)


def test_the_automation_page_lists_every_sensor_and_schedule(page: Page, ui: Ui) -> None:
    page.goto(f"{ui.url}/automation")
    definitions = defs()
    for automation in [*(definitions.sensors or ()), *(definitions.schedules or ())]:
        expect(page.get_by_text(automation.name, exact=True).first).to_be_visible()
    clicks.picture(page, "sensors", 740)


def test_one_day_of_one_asset_is_materialized(page: Page, ui: Ui, world: World) -> None:
    assert world.rows_of("conversations", MISSING) == 0
    clicks.open_asset(page, ui.url, "conversations")
    run = clicks.materialize(page, "Materialize", MISSING)
    wait_for("the run ends", lambda: ui.run_status(run) in _ENDED, _RUN_S)
    expect(page.get_by_text("Success").first).to_be_visible()
    assert world.rows_of("conversations", MISSING) == world.lines_of(MISSING) > 0
    clicks.open_asset(page, ui.url, "conversations", "Partitions")
    clicks.show_partition(page, f"[{DAYS[0]}...{DAYS[-1]}]", MISSING)
    expect(page.get_by_text(f"{len(DAYS)} Partitions Selected")).to_be_visible()
    expect(page.get_by_text(run[:8]).first).to_be_visible()  # the run that built it
    clicks.picture(page, "partitions", 720)


def test_a_failed_check_shows_its_reason_and_stops_its_day(
    page: Page, ui: Ui, world: World
) -> None:
    clicks.select_in_catalog(page, ui.url, ["conversations", "heuristic_flags"])
    run = clicks.materialize(page, "Materialize selected", BROKEN)
    wait_for("the run ends", lambda: ui.run_status(run) in _ENDED, _RUN_S)
    expect(page.get_by_text("Failure").first).to_be_visible()
    clicks.open_asset(page, ui.url, "conversations", "Checks")
    page.get_by_text("Failed", exact=True).first.click()
    expect(page.get_by_text(EMPTY_CONVERSATION).first).to_be_visible()
    expect(page.get_by_text(BROKEN, exact=True).first).to_be_visible()
    assert world.rows_of("heuristic_flags", BROKEN) == 0
    clicks.picture(page, "failed_check", 675)


def test_a_backfill_over_several_days_finishes(page: Page, ui: Ui, world: World) -> None:
    clicks.select_in_catalog(page, ui.url, ["conversations", "heuristic_flags"])
    days = f"[{BACKFILLED[0]}...{BACKFILLED[-1]}]"
    backfill = clicks.materialize(page, "Materialize selected", days)
    wait_for(
        "the backfill ends", lambda: ui.backfill_status(backfill) in _BACKFILL_ENDED, _BACKFILL_S
    )
    assert ui.backfill_status(backfill) == "COMPLETED_SUCCESS"
    page.reload()
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    expect(page.get_by_text("100% completed")).to_have_count(2)
    clicks.picture(page, "backfill", 560)
    for day in BACKFILLED:
        assert world.rows_of("conversations", day) == world.lines_of(day)
        assert world.rows_of("heuristic_flags", day) > 0


def test_a_backfill_of_one_metric_makes_its_flags_alone(page: Page, ui: Ui, world: World) -> None:
    before = world.metrics_of(BUILT[0])
    asked, other = sorted(before)[:2]
    for metric in (asked, other):
        world.forget(metric)
    clicks.open_asset(page, ui.url, "heuristic_flags")
    backfill = clicks.materialize(
        page, "Materialize", f"[{BUILT[0]}...{BUILT[1]}]", _ONE_METRIC.format(metric=asked)
    )
    wait_for(
        "the backfill ends", lambda: ui.backfill_status(backfill) in _BACKFILL_ENDED, _BACKFILL_S
    )
    for day in BUILT[:2]:
        assert world.metrics_of(day) == before - {other}
