"""Change single lines of what computes figures: does a test notice?

    python -m benchmarks.changed_lines --lines 40 --seed 1

A line is drawn at random from the packages below, changed in a scratch copy, and the tests that
are closest to it are run until one fails. What no test noticed is printed last: write a test,
or see that the change changes nothing. Who names files or folders draws from these instead.
On a busy machine a test that looks at the clock may fail by itself; see which one noticed.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.changed_lines.changes import Change, changes_of
from benchmarks.changed_lines.closest import closest_tests
from benchmarks.changed_lines.trial import Outcome, copy_tree, try_change

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "dnn_core"
FIGURES = (
    *("outcome/", "evaluation/", "training/", "checks/", "tuning/", "audit/"),
    *("data/split", "data/encod"),
)
"""Beginnings of paths under the package, of files and folders whatever they hold."""


def files_of(root: Path, asked: Sequence[str] = ()) -> list[str]:
    """Modules that compute figures, or those under the paths that are asked for."""
    every = sorted(p.relative_to(root).as_posix() for p in (root / PACKAGE).rglob("*.py"))
    begin = tuple(asked) or tuple(f"{PACKAGE}/{start}" for start in FIGURES)
    return [p for p in every if p.startswith(begin) and not p.endswith("__init__.py")]


def draw_changes(root: Path, paths: list[str], count: int, seed: int) -> list[Change]:
    """Draw lines, each with the same chance, and for each one of its changes."""
    by_line: dict[tuple[str, int], list[Change]] = {}
    for path in paths:
        for change in changes_of(path, (root / path).read_text(encoding="utf-8")):
            by_line.setdefault((change.path, change.line), []).append(change)
    chance = random.Random(seed)
    lines = chance.sample(sorted(by_line), min(count, len(by_line)))
    return [chance.choice(by_line[line]) for line in lines]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Does a test notice that a line was changed?")
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600, help="for the tests of a line")
    parser.add_argument("--out", type=Path, help="a file of JSON lines, one for each change")
    parser.add_argument("paths", nargs="*", help="files or folders, such as dnn_core/audit")
    asked = parser.parse_args(arguments)
    changes = draw_changes(ROOT, files_of(ROOT, asked.paths), asked.lines, asked.seed)
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "copy"
        copy_tree(ROOT, scratch)
        for change in changes:
            tests = closest_tests(ROOT, change.path)
            outcome = try_change(scratch, change, tests, asked.seconds)
            outcomes.append(outcome)
            _report(outcome)
            if asked.out:
                with asked.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(outcome)) + "\n")
    missed = [outcome for outcome in outcomes if not outcome.noticed]
    print(f"{len(outcomes) - len(missed)} of {len(outcomes)} changes were noticed. Missed:")
    for outcome in missed:
        _report(outcome)


def _report(outcome: Outcome) -> None:
    change, word = outcome.change, "noticed" if outcome.noticed else "MISSED"
    print(f"{word} {change.path}:{change.line} in {outcome.seconds:.0f} s, {outcome.by[:150]}")
    print(f"  - {change.before.strip()}\n  + {change.after.strip()}", flush=True)


if __name__ == "__main__":
    main()
