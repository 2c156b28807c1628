"""A real dashboard as a process, and the steps that a person takes in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, expect

from dnn_core.compute.process import find_cluster
from dnn_core.runs.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS_TO_START = 60

FROM_THE_CLONE = (sys.executable, "-m", "streamlit", "run", "app.py")


def launch_options() -> dict:
    """Options for Playwright: the system's Chromium where there is one, and no network."""
    arguments = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium's sandbox does not work for root, as in most containers.
        arguments.append("--no-sandbox")
    result = system_browser()
    return {"args": arguments, **({"executable_path": result} if result else {})}


def system_browser() -> str | None:
    """Path of a Chromium that came with the system."""
    return next((path for name in SYSTEM_BROWSERS if (path := shutil.which(name))), None)


class Dashboard:
    """A running dashboard that can be stopped and started again.

    Parameters
    ----------
    home : Path
        Its workspace.
    command : sequence of str, optional
        What starts it, before the settings of Streamlit; else the command of the README.
    folder : Path, optional
        Where it is started; else the clone.
    """

    def __init__(
        self, home: Path, command: Sequence[str] = FROM_THE_CLONE, folder: Path = ROOT
    ) -> None:
        self.home = home
        self._command = command
        self._folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "DNN_WORKBENCH_HOME": str(self.home),
            "DNN_WORKBENCH_WORKERS": "1",
            "DNN_WORKBENCH_MNIST": str(SHARED_DATA / "mnist"),
        }
        self.process = subprocess.Popen(
            [
                *self._command,
                *("--server.port", str(self.port), "--server.headless", "true"),
                *("--server.fileWatcherType", "none"),
            ],
            cwd=self._folder,
            env=environment,
            stdout=(self.home / "dashboard.log").open("a"),
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise TimeoutError(
            f"The dashboard did not start: {(self.home / 'dashboard.log').read_text()}"
        )

    def stop(self) -> None:
        """End the dashboard; the training process goes on."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def stop_everything(self) -> None:
        self.stop()
        cluster = find_cluster(Workspace(self.home))
        if cluster is not None:
            # The cluster leads a group of its own, so that it outlives the dashboard.
            os.killpg(cluster.pid, signal.SIGKILL)


class SlowLine:
    """A line to a dashboard on which its answers take their time, as over a distant network.

    Parameters
    ----------
    port : int
        Of the dashboard.
    """

    def __init__(self, port: int) -> None:
        self.seconds = 0.0
        self.url = ""
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> SlowLine:
        self._thread.start()
        opening = asyncio.start_server(self._connect, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(opening, self._loop).result()
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _hang_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self._port)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._pass_on(reader, back_writer, slowly=False),
                self._pass_on(back_reader, writer, slowly=True),
            )

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slowly: bool
    ) -> None:
        due = 0.0
        # Either side may hang up without a word.
        with suppress(ConnectionError):
            while content := await reader.read(65536):
                # Never before what came earlier, also where the line has become quicker.
                due = max(due, self._loop.time() + (self.seconds if slowly else 0.0))
                self._loop.call_at(due, writer.write, content)
        self._loop.call_at(due, writer.close)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settle(page: Page) -> None:
    """Wait until Streamlit has finished its script and the page shows it."""
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")


def follow(page: Page) -> None:
    """Wait until the page has followed what was just set.

    On a busy machine the script begins a moment after the key or the click; until then it looks
    as if it had ended, and what is set would be lost with a page that is left meanwhile.
    """
    page.wait_for_timeout(300)
    settle(page)


def open_page(page: Page, dashboard: Dashboard, path: str = "") -> None:
    page.goto(f"{dashboard.url}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settle(page)


def go_to(page: Page, name: str) -> None:
    """Follow a link of the sidebar's navigation."""
    page.locator(".st-key-nav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    settle(page)


def open_sample(page: Page, dashboard: Dashboard, title: str) -> None:
    open_page(page, dashboard)
    page.get_by_text(title, exact=True).click()
    page.get_by_role("button", name="Open the sample").click()
    expect(page.get_by_role("button", name="Next: Variables")).to_be_visible()
    settle(page)


def set_number(page: Page, label: str, value: str) -> None:
    """Type a number into a field and let the page follow."""
    field = page.get_by_label(label, exact=True)
    # While a page follows a preset, the old field stands beside the new one.
    expect(field).to_have_count(1)
    field.fill(value)
    field.press("Enter")
    follow(page)


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a list."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    follow(page)


def start_training(page: Page, *, epochs: int | None = None, early_stopping: bool = True) -> None:
    """From Network to a click on Train."""
    go_to(page, "Network")
    if epochs is not None:
        set_number(page, "Epochs", str(epochs))
    # What was set for the same data before has come back with them.
    if not early_stopping and page.get_by_label("Early stopping", exact=True).is_checked():
        page.get_by_text("Early stopping", exact=True).click()
        follow(page)
    go_to(page, "Train")
    page.locator(".st-key-start").get_by_role("button").click()
    # The way on from a run before is still there for a moment.
    expect(page.get_by_role("button", name="Next: Diagnose")).to_be_hidden()


def wait_until_trained(page: Page, seconds: float = 120) -> None:
    """Wait for a run to finish."""
    expect(page.get_by_role("button", name="Next: Diagnose")).to_be_visible(timeout=seconds * 1000)
    settle(page)


def wait_for_epoch(page: Page, at_least: int = 1, seconds: float = 90) -> None:
    """Wait until the page says that an epoch has been reached."""
    page.wait_for_function(
        """least => [...document.querySelectorAll('[data-testid="stMain"] p')].some(p => {
            const found = p.innerText.match(/Epoch (\\d+) of/);
            return found && Number(found[1]) >= least;
        })""",
        arg=at_least,
        timeout=seconds * 1000,
    )
