"""Fixtures: a Chromium that is there, and a dashboard in a workspace of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.server import Dashboard, launch_options, system_browser

NO_BROWSER = (
    "No Chromium was found. Install one with `playwright install chromium`, or with the system's "
    "package manager (Debian: `apt-get install chromium`)."
)

expect.set_options(timeout=20_000)


def _there_is_a_browser() -> bool:
    if system_browser():
        return True
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests; where there is no browser, skip them and say how to get one."""
    here = Path(__file__).parent
    mine = [item for item in items if here in item.path.parents]
    missing = bool(mine) and not _there_is_a_browser()
    for item in mine:
        item.add_marker(pytest.mark.browser)
        if missing:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    return launch_options()


@pytest.fixture(scope="session")
def browser_context_args() -> dict:
    return {"viewport": {"width": 1280, "height": 800}, "accept_downloads": True}


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One dashboard for the tests of a module."""
    result = Dashboard(tmp_path_factory.mktemp("workspace"))
    try:
        result.start()
        yield result
    finally:
        # Also one that did not come up in time.
        result.stop_everything()
