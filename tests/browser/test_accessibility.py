"""axe finds no serious violation on any page, empty or with a finished run."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.server import (
    Dashboard,
    go_to,
    open_page,
    open_sample,
    settle,
    start_training,
    wait_until_trained,
)

PAGES = ("Data", "Variables", "Network", "Train", "Diagnose", "Predict", "Tune", "Runs")
SERIOUS = ("serious", "critical")


def violations(page: Page) -> list[str]:
    settle(page)
    page.wait_for_timeout(500)
    result = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in result
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_empty_pages(page: Page, dashboard: Dashboard, name: str) -> None:
    open_page(page, dashboard)
    if name != "Data":
        go_to(page, name)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_with_a_finished_run(page: Page, dashboard: Dashboard, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    open_sample(page, dashboard, "Presidential vote, 1996")
    start_training(page, epochs=5)
    wait_until_trained(page)
    result = {}
    for name in PAGES:
        go_to(page, name)
        result |= {name: problems} if (problems := violations(page)) else {}
    assert result == {}
