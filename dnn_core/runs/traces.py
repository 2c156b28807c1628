"""The record of what was tried: by current runs, deleted runs and studies."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from dnn_core.errors import Damaged, UserError
from dnn_core.runs.held_out import Trace, trace_of
from dnn_core.runs.run import Run


def collect_traces(runs: Iterable[Run], files: Iterable[Path]) -> tuple[list[Trace], int]:
    """What was tried, and how many entries cannot say what they tried.

    A damaged run counts as long as its experiment or its record of the test set can be read.
    """
    traces: list[Trace] = []
    unreadable = 0
    for run in runs:
        try:
            trace = trace_of(run)
        except Damaged:
            unreadable += 1
        except UserError:
            # Deleted meanwhile, and on record as such.
            continue
        else:
            traces += [trace] if trace is not None else []
    for line in (line for path in files for line in read_lines(path)):
        try:
            traces.append(Trace(**json.loads(line)))
        except (ValueError, TypeError):
            unreadable += 1
    return traces, unreadable


def keep_trace(run: Run, path: Path) -> None:
    """Record what a run tried before it is deleted, as far as its files can be read."""
    try:
        trace = trace_of(run)
    except Damaged:
        return
    if trace is not None:
        keep_lines([json.dumps(asdict(trace), ensure_ascii=False)], path)


def keep_lines(lines: Iterable[str], path: Path) -> None:
    """Append lines to the record."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def read_lines(path: Path) -> list[str]:
    """Lines of a file, if there is one; the last may still be being written."""
    if not path.is_file():
        return []
    return path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
