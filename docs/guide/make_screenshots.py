"""Take the pictures of the guide: every page, light and dark, with real data.

    python docs/guide/make_screenshots.py

Needs what `requirements-dev.txt` installs, and a Chromium. MNIST is shown when
its files are found in the folder named by DNN_WORKBENCH_MNIST.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

from tests.browser.server import (  # noqa: E402
    Dashboard,
    follow,
    go_to,
    launch_options,
    open_page,
    open_sample,
    set_number,
    settle,
    start_training,
    wait_for_epoch,
    wait_until_trained,
)

SCHEMES = ("light", "dark")
SIZE = {"width": 1280, "height": 800}


def take(page: Page, name: str) -> None:
    """Save what fits on the screen, in both schemes, once charts have been drawn."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(900)
        page.screenshot(path=HERE / f"{name}-{scheme}.png")
    page.emulate_media(color_scheme="light")


def take_whole(page: Page, name: str) -> None:
    """Save a page that is taller than the screen."""
    page.wait_for_timeout(2500)
    height = page.locator("[data-testid=stMainBlockContainer]").bounding_box()["height"]
    page.set_viewport_size({"width": SIZE["width"], "height": int(height)})
    take(page, name)
    page.set_viewport_size(SIZE)


def show_survey(browser: Browser, dashboard: Dashboard) -> None:
    page = browser.new_page(viewport=SIZE)
    open_page(page, dashboard)
    take(page, "data-doors")
    open_sample(page, dashboard, "Presidential vote, 1996")
    take(page, "data")
    go_to(page, "Variables")
    take(page, "variables")
    go_to(page, "Network")
    take(page, "network")
    # Without early stopping it trains long enough to be looked at.
    start_training(page, epochs=3000, early_stopping=False)
    wait_for_epoch(page, 60)
    take(page, "train")
    page.get_by_role("button", name="Stop, keep best epoch").click()
    wait_until_trained(page)
    start_training(page, epochs=200)
    wait_until_trained(page)
    take(page, "train-ended")
    go_to(page, "Diagnose")
    take(page, "diagnose")
    take_whole(page, "diagnose-whole")
    go_to(page, "Predict")
    page.get_by_text("Least sure").click()
    settle(page)
    take(page, "predict")
    go_to(page, "Tune")
    page.get_by_text("Regularisation", exact=True).click()
    follow(page)
    set_number(page, "Configurations", "40")
    page.get_by_role("button", name="Start the study").click()
    ended = page.get_by_role("button", name=re.compile("Take the")).first
    expect(ended).to_be_visible(timeout=600_000)
    settle(page)
    take(page, "tune")
    go_to(page, "Runs")
    take(page, "runs")
    go_to(page, "The lecture")
    page.get_by_text("Back-propagation", exact=True).click()
    follow(page)
    page.get_by_role("button", name="Ten steps").click()
    follow(page)
    take(page, "lecture")
    page.close()


def show_mnist(browser: Browser, dashboard: Dashboard) -> None:
    page = browser.new_page(viewport=SIZE)
    open_page(page, dashboard)
    page.get_by_role("button", name="Open MNIST").click()
    expect(page.get_by_role("button", name="Next: Variables")).to_be_visible(timeout=60_000)
    settle(page)
    take(page, "data-mnist")
    page.close()


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        dashboard = Dashboard(Path(home))
        dashboard.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(**launch_options())
                show_survey(browser, dashboard)
                if "DNN_WORKBENCH_MNIST" in os.environ:
                    show_mnist(browser, dashboard)
                browser.close()
        finally:
            dashboard.stop_everything()


if __name__ == "__main__":
    main()
