"""One parser process for many files, so that tests do not wait for a fresh one each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dnn_core.data.readers import parsing


class Lent:
    """Lends one process as long as it lives, and starts another when a file ended it."""

    def __init__(self) -> None:
        self.process: parsing.ParserProcess | None = None

    @contextmanager
    def __call__(self) -> Iterator[parsing.ParserProcess]:
        if self.process is None or not self.process.alive:
            self.close()
            self.process = parsing.ParserProcess()
        yield self.process

    def close(self) -> None:
        if self.process is not None:
            self.process.close()


@pytest.fixture(scope="session")
def lent() -> Iterator[Lent]:
    lent = Lent()
    yield lent
    lent.close()


@pytest.fixture
def one_process(lent: Lent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse the files of this test in the process that parsed those of the tests before."""
    monkeypatch.setattr(parsing, "lend_process", lent)
