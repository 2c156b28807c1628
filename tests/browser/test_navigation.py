"""The way between pages beside a run that trains, on a slow line; and back after a reload."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.server import (
    Dashboard,
    SlowLine,
    choose,
    go_to,
    open_page,
    settle,
    start_training,
    wait_for_epoch,
)

SURVEY = "vote;age;trust\n" + "".join(
    f"{'yes' if i % 3 else 'no'};{20 + i % 60};{-99 if i % 9 == 0 else i % 5}\n" for i in range(600)
)

SECONDS_BETWEEN_LOOKS = 2.0
"""Of the sidebar at jobs that run."""

SECONDS_ON_THE_WAY = 0.6
"""Of the server's answer: as long as this, the browser does not know that a button led on."""


@pytest.fixture
def line(dashboard: Dashboard) -> Iterator[SlowLine]:
    with SlowLine(dashboard.port) as result:
        yield result


class Looks:
    """Knows when the sidebar will next look at the jobs: the server told the browser to begin."""

    def __init__(self, page: Page) -> None:
        self.began = time.monotonic()
        page.on("websocket", self._follow)

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._note)

    def _note(self, content: bytes | str) -> None:
        if isinstance(content, bytes) and ForwardMsg.FromString(content).HasField("auto_rerun"):
            self.began = time.monotonic()

    def wait_until_next(self, page: Page, seconds_before: float) -> None:
        passed = time.monotonic() - self.began
        ahead = SECONDS_BETWEEN_LOOKS - passed % SECONDS_BETWEEN_LOOKS - seconds_before
        page.wait_for_timeout(1000 * (ahead % SECONDS_BETWEEN_LOOKS))


def test_no_page_stays_empty_beside_a_run(page: Page, dashboard: Dashboard, line: SlowLine) -> None:
    looks = Looks(page)
    page.goto(line.url)
    page.get_by_role("button", name="Open the sample").click()
    expect(page.get_by_role("button", name="Next: Variables")).to_be_visible()
    start_training(page, epochs=5000, early_stopping=False)
    wait_for_epoch(page)
    go_to(page, "Data")
    line.seconds = SECONDS_ON_THE_WAY
    for name, seconds_before in (("Variables", 0.3), ("Network", 0.4)):
        # The look falls between the click and the answer to it.
        looks.wait_until_next(page, seconds_before)
        page.get_by_role("button", name=f"Next: {name}").click()
        there = page.get_by_role("heading", level=1, name=name)
        expect(there).to_be_visible()
        # The answer to that look would come after the page.
        looks.wait_until_next(page, seconds_before=0.0)
        settle(page)
        expect(there).to_be_visible(timeout=3_000)
    go_to(page, "Data")
    line.seconds = 0.0
    # The run that all this happened beside still goes on, and the sidebar follows it.
    expect(page.locator(".st-key-standing").get_by_role("progressbar")).to_be_visible()
    go_to(page, "Train")
    page.get_by_role("button", name="Stop, keep best epoch").click()


def test_a_reload_brings_back_what_was_not_yet_trained(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard)
    page.locator("input[type=file]").set_input_files(
        {"name": "survey.csv", "mimeType": "text/csv", "buffer": SURVEY.encode()}
    )
    page.get_by_role("button", name="Next: Variables").click()
    expect(page.get_by_role("heading", level=1, name="Variables")).to_be_visible()
    settle(page)
    choose(page, "Outcome", "vote")
    standing = page.locator(".st-key-standing")
    expect(standing).to_contain_text("vote")
    go_to(page, "Network")
    page.get_by_role("radio", name="Large").click()
    expect(standing).to_contain_text("128-64-32")
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Network")).to_be_visible()
    expect(standing).to_contain_text("128-64-32")
    go_to(page, "Data")
    told = page.get_by_text(re.compile("Continued where you left off on"))
    expect(told).to_contain_text("outcome vote, network 128-64-32.")
    page.get_by_role("button", name="Start afresh").click()
    expect(page.get_by_text("You started afresh.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(told).to_be_visible()

    # A session without the address begins with nothing.
    other = page.context.new_page()
    open_page(other, dashboard, "variables")
    expect(other.get_by_text("There are no variables yet")).to_be_visible()
    other.close()
