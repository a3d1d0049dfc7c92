"""What a person does in Dagster's pages, by what stands on the screen; and pictures of it.

Not here: what is expected of it (test_ui.py), waiting for runs (services.py).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page, expect

PICTURES = "LAST_MILE_SCREENSHOTS"  # names the folder for pictures; none are taken without it
CANVAS = FloatRect(x=540, y=54, width=1600, height=1800)  # of the lineage page: its graph
_A_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_SETTLE_MS = 1500  # for fading toasts, growing bars and fonts, before a picture


def open_asset(page: Page, url: str, asset: str, tab: str | None = None) -> None:
    """From the catalog to an asset's page, and to a tab of it."""
    page.goto(f"{url}/assets")
    page.locator(f'a[href="/assets/{asset}"]').first.click()
    page.wait_for_url(f"**/assets/{asset}*")
    if tab:
        page.get_by_role("tab", name=tab).or_(page.get_by_role("link", name=tab)).first.click()


def materialize(page: Page, button: str, days: str, config: str = "") -> str:
    """Press a Materialize button, choose days in its dialog, launch, and follow the toast.

    Args:
        page: Where the button is.
        button: What it says, or the beginning of it.
        days: As typed: `2026-01-05`, or a range `[2026-01-05...2026-01-07]`.
        config: YAML for the dialog's *Config*; only a backfill has that.

    Returns:
        Id of the run, or of the backfill for more than one day.
    """
    page.get_by_role("button", name=button).first.click()
    dialog = page.get_by_role("dialog").first
    expect(dialog.get_by_text("Partition selection")).to_be_visible()
    expect(dialog.get_by_text(_A_DAY).first).to_be_visible()  # the bar of days has its ends
    older = dialog.get_by_text("Show all partitions")  # there when only the last 90 days are
    if older.is_visible():
        older.click()
    typed = dialog.get_by_role("textbox").first
    typed.fill(days)
    typed.press("Enter")
    if config:
        dialog.get_by_text("Config", exact=True).click()
        dialog.get_by_role("button", name="Add config").click()
        page.locator(".CodeMirror").click()
        page.keyboard.insert_text(config)
        page.get_by_role("button", name="Save config").click()
    dialog.get_by_role("button", name="Launch").last.click()
    page.get_by_text(re.compile("Launched run|Created backfill")).first.wait_for()
    page.get_by_text("View", exact=True).last.click()
    page.wait_for_url(re.compile("/runs/"))
    return page.url.split("?")[0].rsplit("/", 1)[-1]


def show_partition(page: Page, days: str, day: str) -> None:
    """In an asset's Partitions tab, look at some days, and at what is known of one of them."""
    typed = page.get_by_role("textbox").first
    expect(typed).not_to_be_empty()  # all days, once they are there
    typed.fill(days)
    typed.press("Enter")
    page.get_by_text(day, exact=True).first.click()


def select_in_catalog(page: Page, url: str, assets: list[str]) -> None:
    """Tick assets in the catalog."""
    page.goto(f"{url}/assets")
    for asset in assets:
        page.get_by_test_id(f"checkbox-{asset}").locator("..").click()


def expand_lineage(page: Page, url: str) -> None:
    """Open the graph of all assets from top to bottom with every group unfolded."""
    page.set_viewport_size({"width": 2140, "height": 1854})  # names are legible, none is cut off
    page.goto(f"{url}/asset-groups")
    page.locator("[aria-label=zoom_in]").wait_for()
    page.locator("button:has([aria-label=settings])").last.click()  # the first is the user's
    page.get_by_role("menuitem", name="Expand all groups").click()
    page.get_by_role("menuitem", name="Change graph to vertical orientation").click()
    page.reload()  # fits the whole graph into the window


def picture(page: Page, name: str, height: int = 1000, clip: FloatRect | None = None) -> None:
    """Keep a picture in the folder $LAST_MILE_SCREENSHOTS names; without it, do nothing.

    Args:
        page: What is seen.
        name: Of the file, without `.png`.
        height: Of the window in pixels; it is 1600 wide.
        clip: The part of the page that is kept, in its present window; None: all of it.
    """
    folder = os.environ.get(PICTURES)
    if not folder:
        return
    if clip is None:
        page.set_viewport_size({"width": 1600, "height": height})
    page.mouse.move(0, 0)
    page.wait_for_timeout(_SETTLE_MS)
    file = Path(folder) / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file, clip=clip)
    with Image.open(file) as full:
        few = full.convert("RGB").quantize(256, kmeans=2, dither=Image.Dither.NONE)
    few.save(file, optimize=True)
