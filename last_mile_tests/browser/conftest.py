"""Fixtures of the UI's tests: one home and one `dagster dev` for all of them, a page for each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from last_mile_tests.browser.clicks import PICTURES
from last_mile_tests.browser.services import Ui, dagster_dev
from last_mile_tests.browser.world import MANY, World, make_world

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
SHOWN_HOME = Path("/tmp/last_mile_demo")
_WINDOW = ViewportSize(width=1600, height=1000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium of the operating system: Playwright's own download is not needed."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    expect.set_options(timeout=20_000)  # for busy machines; it is a bound, not a wait
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox"],  # its sandbox refuses to run as root, as containers do
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def world(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A home with built, missing and broken days; none is made when there is no browser."""
    if not os.environ.get(PICTURES):
        yield make_world(tmp_path_factory.mktemp("ui"))
        return
    SHOWN_HOME.mkdir()  # fails rather than touch what somebody has there
    try:
        yield make_world(SHOWN_HOME, MANY)
    finally:
        shutil.rmtree(SHOWN_HOME)


@pytest.fixture(scope="session")
def ui(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """The real UI on that home."""
    with dagster_dev(world, tmp_path_factory.mktemp("dev") / "dagster_dev.log") as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a new user."""
    context = browser.new_context(viewport=_WINDOW, locale="en-US", timezone_id="UTC")
    yield context.new_page()
    context.close()
