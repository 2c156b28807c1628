"""A folder that records something: how its files are read, written and stopped."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from dnn_core.errors import reading


class RecordFolder:
    """The folder of a run or a study.

    Parameters
    ----------
    directory : Path
    """

    NOUN: ClassVar[str]
    """What the folder records, as messages call it."""

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)

    @property
    def id(self) -> str:
        return self.directory.name

    def write(self, name: str, text: str) -> None:
        """Write a file so that a reader sees the old one or the new one, never a part."""
        write_whole(self.directory / name, text)

    def request_stop(self) -> None:
        """Ask the worker to stop and keep what it has."""
        (self.directory / "stop").touch()

    @property
    def stop_requested(self) -> bool:
        return (self.directory / "stop").exists()

    @contextmanager
    def _reading(self, name: str) -> Iterator[Path]:
        """Give the path of a file whose damage is to be told."""
        path = self.directory / name
        with reading(self.NOUN, path):
            yield path


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    # Worker and dashboard may write at the same moment: each has a name of its own.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
