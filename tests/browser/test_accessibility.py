"""axe finds no serious violation on any page, empty or with a finished run."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from pages.shell.navigation import MENU
from tests.browser.server import (
    Dashboard,
    go_to,
    open_page,
    open_sample,
    settle,
    start_training,
    wait_until_trained,
)

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


def violations_by_page(page: Page) -> dict[str, list[str]]:
    problems = {}
    for listed in MENU:
        go_to(page, listed.title)
        problems[listed.title] = violations(page)
    return {name: of_page for name, of_page in problems.items() if of_page}


def test_empty_pages(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard)
    assert violations_by_page(page) == {}


def test_pages_with_a_finished_run(page: Page, dashboard: Dashboard) -> None:
    page.emulate_media(color_scheme="light")
    open_sample(page, dashboard, "Presidential vote, 1996")
    start_training(page, epochs=5)
    wait_until_trained(page)
    light = background(page)
    assert violations_by_page(page) == {}
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert background(page) != light
    # The run has come back with the page.
    go_to(page, "Diagnose")
    expect(page.get_by_text("Is the network worth it?")).to_be_visible()
    assert violations_by_page(page) == {}


def background(page: Page) -> str:
    return page.locator(".stApp").evaluate("app => getComputedStyle(app).backgroundColor")
