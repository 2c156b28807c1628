"""How long does a person wait? Prints a table and writes JSON.

    python -m benchmarks.responsiveness

Measured in a real browser on a fresh workspace:

- from the server's first answer to a Data page that can be used, the median and
  the worst of seven starts, each in a workspace of its own,
- how long the server takes until it answers,
- the median of three times from the click on Train to the first epoch on screen,
  with a warm worker, on the sample ANES 1996 with the default network.

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

from benchmarks.reruns import rerun_seconds
from dnn_core.compute.cluster import Cluster, Compute
from dnn_core.compute.process import find_cluster
from dnn_core.runs.workspace import Workspace
from pages.session.data_cache import dataset
from pages.session.kept_draft import roles_of
from pages.session.state import DataChoice, Draft
from tests.browser.server import (
    ROOT,
    Dashboard,
    go_to,
    launch_options,
    open_sample,
    set_number,
    settle,
    wait_for_epoch,
    wait_until_trained,
)

STARTS = 7
REPEATS = 3
ROWS = 100_000
SECONDS_TO_WARM = 120


def measure_first_page(browser: Browser, home: Path) -> tuple[float, float]:
    """Seconds until a fresh server answers, and from then to a usable Data page."""
    home.mkdir()
    page = browser.new_page()
    page.goto("about:blank")
    dashboard = Dashboard(home)
    started = time.monotonic()
    dashboard.start()
    answered = time.monotonic()
    page.goto(dashboard.url)
    page.get_by_role("button", name="Open the sample").wait_for()
    seconds = time.monotonic() - answered
    page.close()
    # The training process starts by itself; the next start shall not compete with it.
    deadline = time.monotonic() + SECONDS_TO_WARM
    while find_cluster(Workspace(home)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    dashboard.stop_everything()
    return answered - started, seconds


def measure_first_epoch(browser: Browser, home: Path) -> list[float]:
    """Seconds from the click on Train to the first epoch on screen."""
    dashboard = Dashboard(home)
    dashboard.start()
    compute = Compute.connect(Workspace(home), timeout=SECONDS_TO_WARM)
    assert compute.state is Cluster.READY
    seconds = []
    page = browser.new_page()
    open_sample(page, dashboard, "Presidential vote, 1996")
    # The default networks, but so many epochs that the page is there to show the first one:
    # a fit with early stopping is over before the second look.
    go_to(page, "Network")
    set_number(page, "Epochs", "5000")
    page.get_by_text("Early stopping", exact=True).click()
    settle(page)
    go_to(page, "Train")
    for _ in range(REPEATS):
        button = page.locator(".st-key-start").get_by_role("button")
        expect(button).to_be_enabled()
        clicked = time.monotonic()
        button.click()
        wait_for_epoch(page, 1)
        seconds.append(time.monotonic() - clicked)
        # The way on from the run before is still there for a moment.
        expect(page.get_by_role("button", name="Next: Diagnose")).to_be_hidden()
        page.get_by_role("button", name="Stop, keep best epoch").click()
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
    data = dataset(Draft(choice=choice))
    assert data is not None
    roles = {**roles_of(data, None), "y": "Outcome"}
    at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
    at.session_state["draft"] = Draft(choice=choice, roles=roles)
    at.run()
    return rerun_seconds(at, ("data", "variables", "network", "train"))


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options())
        homes = [Path(folder) / name for name in ("epoch", "rerun")]
        for home in homes:
            home.mkdir()
        starts = [measure_first_page(browser, Path(folder) / f"{i}") for i in range(STARTS)]
        answers, pages = zip(*starts, strict=True)
        epochs = measure_first_epoch(browser, homes[0])
        print(f"server {answers}, first page {pages}, first epoch {epochs}")
        browser.close()
        reruns = measure_reruns(homes[1])
    results = {
        "start until the server answers, seconds": statistics.median(answers),
        "first page interactive, seconds": statistics.median(pages),
        "first page interactive, worst, seconds": max(pages),
        "click to first epoch, seconds": statistics.median(epochs),
        **{f"rerun of {name} at {ROWS:,} rows, seconds": s for name, s in reruns.items()},
    }
    for what, seconds in results.items():
        print(f"{what:45} {seconds:6.3f}")
    Path("benchmarks/responsiveness.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
