"""Run tests against a changed copy, in a process that has the large libraries already."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.changed_lines.changes import Change

LIBRARIES = ["pandas", "scipy.stats", "sklearn.ensemble", "statsmodels.api", "keras", "pytest"]
"""What nearly every test imports: loaded once, and shared with the process of each trial."""

PASSED, NO_TESTS = 0, 5
"""Exit codes of pytest; every other means that the change was noticed."""

NO_END = -1
"""Of tests that were given up: on a busy machine this says nothing of the change."""


@dataclass(frozen=True)
class Outcome:
    """What came of a change: `noticed` by which test, or by none."""

    change: Change
    tests: list[str]
    noticed: bool
    by: str
    seconds: float


def copy_tree(root: Path, scratch: Path) -> None:
    """Copy what git knows of a working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).write_bytes((root / name).read_bytes())


def try_change(scratch: Path, change: Change, tests: list[str], seconds: float) -> Outcome:
    """Change the line, run the tests until the first fails, and change it back.

    Tests that run longer than `seconds` have noticed nothing.
    """
    path = scratch / change.path
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    assert lines[change.line - 1].rstrip("\n") == change.before
    lines[change.line - 1] = change.after + "\n"
    path.write_text("".join(lines), encoding="utf-8")
    began = time.monotonic()
    try:
        code, by = run_tests(scratch, tests, seconds)
    finally:
        path.write_text(source, encoding="utf-8")
    noticed = code not in (PASSED, NO_TESTS, NO_END)
    return Outcome(change, tests, noticed, by, round(time.monotonic() - began, 1))


def run_tests(scratch: Path, tests: list[str], seconds: float) -> tuple[int, str]:
    """Exit code, and the test that failed first."""
    log = scratch / ".changed_lines.log"
    context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
    if sys.platform != "win32":
        context.set_forkserver_preload(LIBRARIES)
    process = context.Process(target=_pytest, args=(scratch, tests, log))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        return NO_END, f"no end within {seconds:.0f} s"
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    failed = (line for line in said if line.startswith(("FAILED", "ERROR")))
    return process.exitcode, next(failed, said[-1] if said else "")


def _pytest(scratch: Path, tests: list[str], log: Path) -> None:
    os.chdir(scratch)
    # A compiled module could be older than the change, which may be of the same second.
    sys.dont_write_bytecode = True
    sys.path[:] = [str(scratch), *(p for p in sys.path if Path(p, "dnn_core").exists() is False)]
    with log.open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        import pytest

        options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--no-header", "--tb=line"]
        code = int(pytest.main([*options, *tests]))
        sys.stdout.flush()
        os._exit(code)
