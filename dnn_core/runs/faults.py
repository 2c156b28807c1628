"""The log of faults of the program itself: where it failed, without any data."""

from __future__ import annotations

import hashlib
import logging
import time
import traceback
from pathlib import Path

from dnn_core.runs.privacy import private_folder
from dnn_core.runs.records import now
from dnn_core.runs.versions import versions

LOG = "dashboard.log"
LARGEST_LOG_BYTES = 5_000_000

SECONDS_BETWEEN_ENTRIES = 60.0
"""Minimum interval between entries of one fault: a view that refreshes itself would fill the
disk."""

NUMBER_DIGITS = 8

logger = logging.getLogger(__name__)

_written: dict[tuple[Path, str], float] = {}


def number_of(error: BaseException) -> str:
    """Identifier of an error: the same for the same fault at the same place in the program."""
    return hashlib.sha256(_where(error).encode()).hexdigest()[:NUMBER_DIGITS]


def record_fault(error: BaseException, folder: Path, *, page: str, program: str) -> str | None:
    """Write where the program failed into a log.

    Messages of exceptions are left out, because they quote cells and values; they stand in
    the terminal in which the dashboard was started.

    Parameters
    ----------
    error : BaseException
    folder : Path
        Where the log lies.
    page : str
        Title of the page that was shown.
    program : str
        Digest of the program's sources.

    Returns
    -------
    str or None
        The number under which it is found in the log; None if the log cannot be written.
    """
    number, log = number_of(error), folder / LOG
    moment = time.monotonic()
    if moment - _written.get((log, number), -SECONDS_BETWEEN_ENTRIES) < SECONDS_BETWEEN_ENTRIES:
        return number
    used = ", ".join(f"{name} {of}" for name, of in {"program": program, **versions()}.items())
    entry = f"error {number} | {now():%Y-%m-%d %H:%M:%S} UTC | page {page} | {used}\n"
    try:
        private_folder(folder)
        if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".old.log"))
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{entry}{_where(error)}\n")
    except OSError as obstacle:
        logger.warning("The log %s cannot be written: %s", log, obstacle)
        return None
    _written[log, number] = moment
    return number


def _where(error: BaseException) -> str:
    """Traceback of an error and of those it came from, without their messages."""
    chain: list[str] = []
    one: BaseException | None = error
    seen: set[int] = set()
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        frames = "".join(traceback.format_list(traceback.extract_tb(one.__traceback__)))
        chain.append(f"{frames}{type(one).__module__}.{type(one).__qualname__}\n")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "came of:\n".join(chain)
