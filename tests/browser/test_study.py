"""A study in a real browser: searched, its winner taken over, trained, and compared."""

from __future__ import annotations

import json
import re
import time

from playwright.sync_api import Page, expect

from dnn_core.runs.workspace import Workspace
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_store import list_studies
from tests.browser.server import (
    Dashboard,
    go_to,
    open_page,
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
    set_number(page, "Configurations", "4")
    set_number(page, "Folds", "2")
    expect(page.get_by_text("4 configurations, 8 networks.")).to_be_visible()
    page.get_by_role("button", name="Start the study").click()
    expect(page.get_by_role("button", name=re.compile("Take the")).first).to_be_visible(
        timeout=180_000
    )
    settle(page)
    expect(page.get_by_text("finished after 4 of 4 configurations")).to_be_visible()
    for question in ("Which settings do the best", "Which configurations lead?"):
        expect(page.get_by_text(question)).to_be_visible()
    expect(page.get_by_text("Gain after correcting")).to_be_visible()

    # The last one is the simplest that is as good, or the best where they are the same.
    page.get_by_role("button", name=re.compile("Take the")).last.click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    settle(page)
    page.locator(".st-key-start").get_by_role("button").click()
    # The way on from the run before is still there for a moment.
    expect(page.get_by_role("button", name="Next: Diagnose")).to_be_hidden()
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


def test_a_study_outlives_a_killed_dashboard(page: Page, dashboard: Dashboard) -> None:
    open_sample(page, dashboard, "Presidential vote, 1996")
    go_to(page, "Tune")
    # Enough that it is under way long after the first has been judged.
    set_number(page, "Configurations", "20")
    set_number(page, "Folds", "2")
    earlier = len(list_studies(Workspace(dashboard.home)))
    page.get_by_role("button", name="Start the study").click()
    study = wait_for_newest(dashboard, earlier + 1, trials=1)
    assert study.status.active
    assert dashboard.process is not None
    dashboard.process.kill()
    dashboard.process.wait(timeout=20)
    # Nobody looks, and it goes on.
    before = study.status.trials
    wait_for_newest(dashboard, earlier + 1, trials=before + 1)
    dashboard.start()
    open_page(page, dashboard)
    go_to(page, "Tune")
    expect(page.get_by_text("finished after 20 of 20 configurations")).to_be_visible(
        timeout=240_000
    )
    lines = (study.directory / "trials.jsonl").read_text().splitlines()
    # The experiment as it is comes first, under the number 0.
    assert sorted(json.loads(line)["number"] for line in lines) == list(range(21))


def wait_for_newest(
    dashboard: Dashboard, studies: int, *, trials: int, seconds: float = 120
) -> Study:
    """Wait until there are so many studies, and the newest has so many trials."""
    deadline = time.monotonic() + seconds
    while True:
        result = list_studies(Workspace(dashboard.home))
        if len(result) == studies and result[0].status.trials >= trials:
            return result[0]
        assert time.monotonic() < deadline, "The study does not get on."
        time.sleep(0.2)
