"""A study in a real browser: searched, its winner taken over, trained, and compared."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.server import (
    Dashboard,
    go_to,
    open_sample,
    set_number,
    settle,
    start_training,
    wait_until_trained,
)


def test_the_winner_of_a_study_is_trained_and_compared(page: Page, dashboard: Dashboard) -> None:
    open_sample(page, dashboard, "Turnout")
    go_to(page, "Network")
    set_number(page, "Networks", "2")
    start_training(page, epochs=4)
    wait_until_trained(page)

    go_to(page, "Tune")
    set_number(page, "Configurations", "6")
    set_number(page, "Folds", "2")
    expect(page.get_by_text("6 configurations, 12 networks.")).to_be_visible()
    page.get_by_role("button", name="Start the study").click()
    expect(page.get_by_role("button", name=re.compile("Take the")).first).to_be_visible(
        timeout=180_000
    )
    settle(page)
    expect(page.get_by_text("finished after 6 of 6 configurations")).to_be_visible()
    for question in ("Which settings do the best", "Which configurations lead?"):
        expect(page.get_by_text(question)).to_be_visible()
    expect(page.get_by_text("Gain that is left")).to_be_visible()

    # The last one is the simplest that is as good, or the best where they are the same.
    page.get_by_role("button", name=re.compile("Take the")).last.click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    settle(page)
    page.locator(".st-key-start").get_by_role("button").click()
    wait_until_trained(page)

    go_to(page, "Runs")
    table = page.locator("[data-testid=stDataFrame]").first
    expect(table).to_be_visible()
    box = table.bounding_box()
    assert box is not None
    for row in (1, 2):
        page.mouse.click(box["x"] + 18, box["y"] + 35 * row + 17)
        settle(page)
    expect(page.get_by_text("What differs", exact=False).first).to_be_visible()
    expect(page.get_by_text("Units", exact=False).first).to_be_attached()
