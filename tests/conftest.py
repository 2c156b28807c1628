"""Which tests run in which of two processes.

A file runs in one process, and so does a folder whose tests share what takes long to make
or would hinder each other. One test, or one file, runs where it is started from: no process
is to be waited for, and a debugger works.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist import is_xdist_worker
from xdist.scheduler import LoadScopeScheduling

PROCESSES = 2
"""A test that trains keeps more than one core busy, and TensorFlow takes a gigabyte."""

TOGETHER = (
    "tests/browser/",  # Chromium, a server and its workers at once are enough for a machine
    "tests/pages/",  # show runs that are trained once
    "tests/dnn_core/compute/",  # kill workers and look at the clock
    "tests/dnn_core/runs/",  # read runs that are trained once
)
"""Folders in one process each, those that take longest first, so that none is left for the end."""


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
    """Put the folders that take longest first where tests are dealt out."""
    if is_xdist_worker(session):
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    started = (place for place, name in enumerate(TOGETHER) if item.nodeid.startswith(name))
    return next(started, len(TOGETHER))
