"""What tests are called by, what is trained once for many, and which process runs which file.

Three marks say why a test takes long; `pytest -m "not simulation and not training and not
browser"` leaves these out:

- `simulation`: draws from a known truth many times, to see how often something holds.
- `training`: trains networks, starts the processes that do, or reads a run that was trained.
  Whatever asks for `train_once` is marked by itself; so marked is also what takes as long for
  another reason.
- `browser`: drives the dashboard in a real browser; all that lies in `tests/browser`.

A file runs in one process, and so does a folder whose tests share what takes long to make
or would hinder each other. One test, or one file, runs where it is started from: no process
is to be waited for, and a debugger works.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from xdist import is_xdist_worker
from xdist.scheduler import LoadScopeScheduling

PROCESSES = 2
"""One for each of two cores: browser and cluster tests look at the clock, and TensorFlow takes a
gigabyte in each."""

TOGETHER = (
    "tests/browser/",  # Chromium, a server and its workers at once are enough for a machine
    "tests/dnn_core/compute/",  # kill workers and look at the clock
)
"""Folders in one process each, those that take longest first, so that none is left for the end."""

LONG = ("tests/dnn_core/training/", "tests/dnn_core/runs/", "tests/pages/", "tests/dnn_core/")
"""What comes next, file by file; last come those that are nearly all quick."""

QUICK = ("tests/dnn_core/data/", "tests/dnn_core/specs/", "tests/dnn_core/audit/")

# Marks --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def train_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a folder in whichever process asks first; the others wait for it and read it.

    It is gone with the session, so that it cannot be older than the code. Whoever changes what
    is in it takes a copy.
    """
    base = tmp_path_factory.getbasetemp()
    # The processes of a session have a folder each, in one that is the session's.
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"
    shared.mkdir(exist_ok=True)

    def get(name: str, make: Callable[[Path], object]) -> Path:
        folder, made = shared / name, shared / f"{name}.made"
        with FileLock(shared / f"{name}.lock"):
            if not made.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                made.touch()
        return folder

    return get


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what reads trained runs."""
    if "train_once" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.training)


# Processes ----------------------------------------------------------------------------


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Say how many processes `-n auto` starts: none for a single file or test."""
    asked = [argument.partition("::")[0] for argument in config.args]
    return 0 if all(Path(path).is_file() for path in asked) else PROCESSES


class InFolders(LoadScopeScheduling):
    """Deals out files and folders rather than tests."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> InFolders:
    """Deal tests out by `InFolders`."""
    return InFolders(config, log)


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Put what takes longest first where tests are dealt out."""
    if is_xdist_worker(session):
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    order = (*TOGETHER, *LONG)
    if item.nodeid.startswith(QUICK):
        return len(order)
    started = (place for place, name in enumerate(order) if item.nodeid.startswith(name))
    return next(started, len(order))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what is loaded by now out of every later search for garbage."""
    gc.collect()
    gc.freeze()
