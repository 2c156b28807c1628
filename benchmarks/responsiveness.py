"""How long does a person wait? Prints a table and writes JSON.

    python -m benchmarks.responsiveness

Measured in a real browser on a fresh workspace, medians of three:

- from the server's first answer to a Data page that can be used,
- from the click on Train to the first epoch on screen, with a warm worker, on
  the sample ANES 1996 with the default network.

And without a browser, by Streamlit's own script runner: one rerun of each page
with a table of 100,000 rows.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, expect, sync_playwright
from streamlit.testing.v1 import AppTest

from dnn_core.compute.cluster import Cluster, Compute
from dnn_core.runs.workspace import Workspace
from pages.components.doors import roles_of
from pages.components.layout import PAGES
from pages.components.services import dataset
from pages.components.state import DataChoice, Draft
from tests.browser.server import (
    ROOT,
    Dashboard,
    go_to,
    launch_options,
    open_sample,
    wait_for_epoch,
    wait_until_trained,
)

REPEATS = 3
ROWS = 100_000
SECONDS_TO_WARM = 120


def measure_first_page(browser: Browser, home: Path) -> float:
    """Seconds from the first answer of a fresh server to a usable Data page."""
    page = browser.new_page()
    page.goto("about:blank")
    dashboard = Dashboard(home)
    dashboard.start()
    answered = time.monotonic()
    page.goto(dashboard.url)
    page.get_by_role("button", name="Open the sample").wait_for()
    seconds = time.monotonic() - answered
    page.close()
    dashboard.stop_everything()
    return seconds


def measure_first_epoch(browser: Browser, home: Path) -> list[float]:
    """Seconds from the click on Train to the first epoch on screen."""
    dashboard = Dashboard(home)
    dashboard.start()
    compute = Compute.connect(Workspace(home), timeout=SECONDS_TO_WARM)
    assert compute.state is Cluster.READY
    seconds = []
    page = browser.new_page()
    open_sample(page, dashboard, "Presidential vote, 1996")
    go_to(page, "Train")
    for _ in range(REPEATS):
        button = page.locator(".st-key-start").get_by_role("button")
        expect(button).to_be_enabled()
        clicked = time.monotonic()
        button.click()
        wait_for_epoch(page, 1)
        seconds.append(time.monotonic() - clicked)
        wait_until_trained(page)
    page.close()
    compute.close()
    dashboard.stop_everything()
    return seconds


def measure_reruns(home: Path) -> dict[str, float]:
    """Seconds for one rerun of each page with a large table."""
    os.environ["DNN_WORKBENCH_HOME"] = str(home)
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{i}": generator.normal(size=ROWS) for i in range(20)})
    frame["y"] = (frame["x0"] + generator.normal(size=ROWS) > 0).astype(int)
    path = Workspace(home).store_upload(frame.to_csv(index=False).encode(), "large.csv")
    choice = DataChoice("file", f"{path.parent.name}/{path.name}")
    found = dataset(Draft(choice=choice))
    assert found is not None
    roles = {**roles_of(found, None), "y": "Outcome"}
    at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
    at.session_state["draft"] = Draft(choice=choice, roles=roles)
    at.run()
    seconds = {}
    for name in ("data", "variables", "network", "train"):
        at.switch_page(PAGES[name]).run()
        timings = []
        for _ in range(5):
            started = time.monotonic()
            at.run()
            timings.append(time.monotonic() - started)
        assert not at.exception
        seconds[name] = statistics.median(timings)
    return seconds


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options())
        homes = [Path(folder) / name for name in ("page", "epoch", "rerun")]
        for home in homes:
            home.mkdir()
        pages = [measure_first_page(browser, homes[0]) for _ in range(REPEATS)]
        epochs = measure_first_epoch(browser, homes[1])
        print(f"first page {pages}, first epoch {epochs}")
        browser.close()
        reruns = measure_reruns(homes[2])
    results = {
        "first page interactive, seconds": statistics.median(pages),
        "click to first epoch, seconds": statistics.median(epochs),
        **{f"rerun of {name} at {ROWS:,} rows, seconds": s for name, s in reruns.items()},
    }
    for what, seconds in results.items():
        print(f"{what:45} {seconds:6.3f}")
    Path("benchmarks/responsiveness.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
