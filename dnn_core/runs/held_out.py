"""The sealed test part: fixed before anything is trained, opened once, on record.

What a run's test rows are is written into the run before its training begins. An opening is
recorded with the number of configurations tried on the same file and outcome by then: the more, the
less it is worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dnn_core.data.prepare import Prepared
from dnn_core.errors import Damaged, UserError
from dnn_core.runs.records import HeldOut, now
from dnn_core.runs.run import Run
from dnn_core.specs import Part

NEVER_OPENED = "sealed, never opened"

SIGNS_OF_TRAINING = ("test_set.json", "facts.json", "metrics.json", "predictions.parquet")
"""Files of which a run has none before its training begins."""


@dataclass(frozen=True)
class Trace:
    """The entry of a run in the record of what was tried, kept after deletion.

    Parameters
    ----------
    run : str
        Its id.
    file : str
        sha256 of the data's file.
    target : str
        Name of the outcome.
    configuration : str
        Digest of all that was asked for and could change a figure, seeds included.
    analysed : bool
        Whether more was trained on its rows to find out how robust its result is.
    opened : bool
        Whether its test part was opened.
    """

    run: str
    file: str
    target: str
    configuration: str
    analysed: bool
    opened: bool


@dataclass(frozen=True)
class Tried:
    """Numbers of configurations tried on a file and outcome when a test part was opened.

    Parameters
    ----------
    configurations : int
        Different experiments whose training had begun, the opened one included.
    analyses : int
        Runs of them that were analysed, this one included.
    openings : int
        Other runs whose test part had been opened before.
    unreadable : int
        Damaged entries of the record, which may have been of the same file and outcome.
    """

    configurations: int = 1
    analyses: int = 0
    openings: int = 0
    unreadable: int = 0


def rows_digest(prepared: Prepared) -> str:
    """The sha256 of the test rows, which shows whether they are still the sealed ones."""
    rows = prepared.parts[Part.TEST].rows.astype("int64").tobytes()
    return hashlib.sha256(rows).hexdigest()


def hold_out_test_rows(run: Run, prepared: Prepared) -> None:
    """Write down which rows are the test part, before anything is trained.

    Raises
    ------
    UserError
        If the run was sealed before, with other rows.
    """
    if (run.directory / "test_set.json").exists():
        require_same_test_rows(run, prepared)
        return
    sealed = HeldOut(
        rows_sha256=rows_digest(prepared),
        cases=len(prepared.parts[Part.TEST]),
        held_out_at=now(),
        **_what_is_tried(run),
    )
    run.write("test_set.json", sealed.model_dump_json())


def require_same_test_rows(run: Run, prepared: Prepared) -> None:
    """Raise a `UserError` unless these test rows are those that were sealed."""
    if rows_digest(prepared) != run.held_out.rows_sha256:
        raise UserError(
            "The test part is not the one that was sealed before training.",
            remedy="Train again with the data as they are now.",
        )


def has_begun(run: Run) -> bool:
    """Whether training ever began: then it counts as tried, whatever became of its files."""
    return any((run.directory / name).exists() for name in SIGNS_OF_TRAINING)


def trace_of(run: Run) -> Trace | None:
    """The trace of a run; None where its training never began.

    What it tried stands in its experiment and in its record of the test set, so that one
    damaged file does not make it forgotten.

    Raises
    ------
    Damaged
        If neither can be read.
    """
    if not has_begun(run):
        return None
    try:
        tried = _what_is_tried(run)
    except Damaged:
        held_out = run.held_out
        tried = {
            "file": held_out.file,
            "target": held_out.target,
            "configuration": held_out.configuration,
        }
        if not all(tried.values()):
            raise
    return Trace(
        run=run.id,
        **tried,
        analysed=run.analyses.version > 0,
        opened=run.test_opened,
    )


def _what_is_tried(run: Run) -> dict[str, str]:
    return {
        "file": run.about["sha256"],
        "target": run.experiment.task.target,
        # Answers to findings change no figure.
        "configuration": run.experiment.but(answers=()).digest(),
    }


def count_tried(run: Run, traces: Iterable[Trace], unreadable: int = 0) -> Tried:
    """Count what was tried on the file and outcome of a run.

    Parameters
    ----------
    run : Run
        The one whose test part is to be opened.
    traces : iterable of Trace
        Of all runs there are or were.
    unreadable : int
        How many more are known of which nobody can tell what they tried.
    """
    own = trace_of(run)
    assert own is not None
    alike = {t.run: t for t in traces if (t.file, t.target) == (own.file, own.target)}
    alike[run.id] = own
    return Tried(
        configurations=len({trace.configuration for trace in alike.values()}),
        analyses=sum(trace.analysed for trace in alike.values()),
        openings=sum(trace.opened for trace in alike.values() if trace.run != run.id),
        unreadable=unreadable,
    )


def opening_record(tried: Tried) -> dict[str, Any]:
    """The record of an opening of a test part."""
    return {"opened_at": now().isoformat(), **asdict(tried)}


def describe_tried(tried: Tried) -> str:
    """What had been tried: “3 configurations, this one included, and 2 analyses …”."""
    count = tried.configurations
    words = f"{count:,} configuration{'s' * (count != 1)}"
    words += ", this one included," if count > 1 else ", this one,"
    if tried.analyses:
        words += f" and {tried.analyses:,} {'analysis' if tried.analyses == 1 else 'analyses'}"
    words += " on the same file and outcome"
    if tried.openings:
        others = "another run" if tried.openings == 1 else f"{tried.openings:,} other runs"
        words += f"; their test part had been opened before, by {others}"
    if tried.unreadable:
        more = "entry" if tried.unreadable == 1 else "entries"
        words += (
            f"; {tried.unreadable:,} {more} of the record cannot be read, which may add to this"
        )
    return words


def describe_opening(run: Run) -> str:
    """Whether the test part was opened, when, and after how much had been tried.

    It is printed on every export of a run.
    """
    if not run.openings:
        return NEVER_OPENED
    return "; ".join(
        f"opened {opened_at(opening):%Y-%m-%d %H:%M} UTC, after "
        f"{describe_tried(tried_before(opening))}"
        for opening in run.openings
    )


def opened_at(opening: dict[str, Any]) -> datetime:
    """When a test part was opened, UTC."""
    return datetime.fromisoformat(opening["opened_at"])


def tried_before(opening: dict[str, Any]) -> Tried:
    """What had been tried when a test part was opened."""
    return Tried(**{name: opening[name] for name in asdict(Tried()) if name in opening})
