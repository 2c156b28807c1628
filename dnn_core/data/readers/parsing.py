"""Parse files in a subprocess.

Parsers written in C, and those that unpack archives, can crash, hang or eat all memory over a
damaged or malicious file, and a large table of text would keep everybody waiting. In a process of
its own (`parser`), with a limit of time and of memory, that ends the reading of this file and
nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from dnn_core.data.readers.reading import Watch
from dnn_core.errors import UserError

MODULE = "dnn_core.data.readers.parser"

DONE = b"done\n"
"""The last answer of the process; before, it reports the share that it has read."""

SECONDS_TO_PARSE = 120
"""A million rows of SPSS take about twenty; what takes longer hangs."""

GIGABYTES_TO_PARSE = 6
"""Address space of the parser: a laptop has 8 GB, and libraries reserve more than they use."""


@dataclass(frozen=True)
class Job:
    """What to parse and how.

    Parameters
    ----------
    kind : str
        One of `parser.PARSERS`.
    suffix : str
        Ending of the file's name.
    title : str
        The kind of file, in messages: "an SPSS file (.sav)".
    settings : dict
        Keyword arguments of the kind's parser.
    seconds : float, optional
        What it may take; else `SECONDS_TO_PARSE`.
    """

    kind: str
    suffix: str
    title: str
    settings: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None


class ParserProcess:
    """A process that parses one file after the other until it ends or is ended."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(int(GIGABYTES_TO_PARSE * 2**30))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[3],
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def execute(self, order: dict[str, Any], seconds: float, watch: Watch | None = None) -> str:
        """Let it parse one file, and tell how far it is.

        Returns
        -------
        str
            Empty when it wrote a result, else how it failed.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            while (answer := self._process.stdout.readline()) not in (b"", DONE):
                if watch is not None:
                    watch(float(answer))
        except BrokenPipeError:
            answer = b""
        finally:
            timer.cancel()
        if answer:
            return ""
        # Ending takes a moment, in which it would seem to be alive.
        self._process.kill()
        self._process.wait()
        if late.is_set():
            return f"its parser still ran after {seconds:g} seconds"
        return "its parser ended"

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def lend_process() -> Iterator[ParserProcess]:
    """A fresh process for each file, so that no file touches the reading of another."""
    process = ParserProcess()
    try:
        yield process
    finally:
        process.close()


def parse_in_subprocess(
    content: bytes, job: Job, watch: Watch | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Parse the bytes of a file in a process of its own.

    Parameters
    ----------
    content : bytes
    job : Job
    watch : callable, optional
        Is told the share of a large table of text that has been read, from 0 to 1.

    Returns
    -------
    frame : pandas.DataFrame
        Numbers and text; the columns' names are made unique by their position.
    about : dict
        Metadata from the parser: `names`, and entries specific to its kind.

    Raises
    ------
    UserError
        If the file is damaged or of another kind, or what the parser itself refused.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"file{job.suffix}"
        source.write_bytes(content)
        order = {"kind": job.kind, "source": str(source), "settings": job.settings}
        with lend_process() as process:
            problem = process.execute(order, job.seconds or SECONDS_TO_PARSE, watch)
        if problem:
            raise _damaged(job.title, problem)
        about = json.loads(source.with_name("about.json").read_text(encoding="utf-8"))
        if "refusal" in about:
            raise UserError(**about["refusal"])
        if "problem" in about:
            # What exactly is wrong with a damaged file helps nobody.
            raise _damaged(job.title, None)
        return pd.read_feather(source.with_name("frame.feather")), about


def _damaged(title: str, received: str | None) -> UserError:
    return UserError(
        "This file cannot be read; it is damaged, incomplete or not of the kind that its name "
        "says.",
        expected=title,
        received=received,
        remedy="Upload it again, or open it in the program that wrote it and save it again.",
    )
