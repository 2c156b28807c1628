"""Two users, a killed worker, a restarted dashboard: nothing is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, expect

from dnn_core.compute.process import find_cluster
from dnn_core.runs.workspace import Workspace
from tests.browser.server import (
    Dashboard,
    go_to,
    open_page,
    open_sample,
    set_number,
    start_training,
    wait_for_epoch,
    wait_until_trained,
)

SAMPLE = "Presidential vote, 1996"


def test_two_users_do_not_see_each_others_drafts(browser: Browser, dashboard: Dashboard) -> None:
    first = browser.new_context().new_page()
    second = browser.new_context().new_page()
    open_sample(first, dashboard, SAMPLE)
    open_page(second, dashboard)
    expect(second.locator(".st-key-standing")).to_contain_text("none yet")
    open_sample(second, dashboard, "Turnout")
    go_to(first, "Network")
    set_number(first, "Epochs", "12")
    go_to(second, "Network")
    expect(second.get_by_label("Epochs", exact=True)).to_have_value("200")
    start_training(first, epochs=12)
    start_training(second, epochs=4)
    wait_until_trained(first)
    wait_until_trained(second)
    expect(first.locator(".st-key-standing")).to_contain_text(SAMPLE)
    expect(second.locator(".st-key-standing")).to_contain_text("Turnout")
    first.context.close()
    second.context.close()


def test_a_killed_worker_fails_its_run_and_the_next_one_works(
    page: Page, dashboard: Dashboard
) -> None:
    open_sample(page, dashboard, SAMPLE)
    start_training(page, epochs=5000, early_stopping=False)
    wait_for_epoch(page, 2)
    workers = training_processes(dashboard.home)
    assert workers
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    expect(page.get_by_text("This run failed.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("killed or ran out of memory")).to_be_visible()
    start_training(page, epochs=5)
    wait_until_trained(page)


def test_a_run_outlives_the_dashboard(page: Page, dashboard: Dashboard) -> None:
    open_sample(page, dashboard, SAMPLE)
    start_training(page, epochs=5000, early_stopping=False)
    wait_for_epoch(page, 2)
    address = page.url
    assert "run=" in address
    dashboard.stop()
    dashboard.start()
    page.goto(address)
    wait_for_epoch(page, 5)
    page.get_by_role("button", name="Stop, keep best epoch").click()
    wait_until_trained(page, 30)


def test_a_closed_tab_finds_its_run_among_all_runs(browser: Browser, dashboard: Dashboard) -> None:
    first = browser.new_context().new_page()
    open_sample(first, dashboard, SAMPLE)
    start_training(first, epochs=5000, early_stopping=False)
    wait_for_epoch(first, 2)
    first.context.close()
    second = browser.new_context().new_page()
    open_page(second, dashboard)
    second.locator(".st-key-standing").get_by_role("link").first.click()
    wait_for_epoch(second, 5)
    second.get_by_role("button", name="Stop, keep best epoch").click()
    wait_until_trained(second, 30)
    expect(second.get_by_text("stopped after")).to_be_visible()
    second.context.close()


def training_processes(home: Path) -> list[psutil.Process]:
    """Processes of this workspace's cluster that have TensorFlow loaded."""
    cluster = find_cluster(Workspace(home))
    assert cluster is not None
    return [
        process
        for process in psutil.Process(cluster.pid).children(recursive=True)
        if any("tensorflow" in mapped.path for mapped in process.memory_maps())
    ]
