"""The tool that changes lines: what it changes, what it leaves, and which tests it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.changed_lines import __main__ as tool
from benchmarks.changed_lines.__main__ import ROOT, draw_changes, files_of
from benchmarks.changed_lines.changes import Change, changes_of
from benchmarks.changed_lines.closest import closest_tests
from benchmarks.changed_lines.trial import copy_tree, try_change

pytestmark = pytest.mark.training
"""Its tests take as long as those that train, and are about nothing that users have."""


def after(line: str) -> set[str]:
    return {change.after for change in changes_of("m.py", line)}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = a - b", {"x = a + b", "x = a"}),
        ("x = a * b", {"x = a / b"}),
        ("x = -a", {"x = a"}),
        ("x = a <= b", {"x = a < b"}),
        ("x = a == b and c", {"x = a != b and c", "x = a == b or c"}),
        ("x = np.argmin(a)", {"x = np.argmax(a)"}),
        ("x = min(a)", {"x = max(a)"}),
        ("x = f(a, weight=w)", {"x = f(a)"}),
        ("x = f(ddof=1)", {"x = f(ddof=2)"}),
        ("FLOOR = 1e-7", {"FLOOR = 2e-07"}),
        ("FEWEST = 20", {"FEWEST = 40"}),
        ("„ä“; x = a - b".replace("„ä“", "'ä'"), {"'ä'; x = a + b", "'ä'; x = a"}),
    ],
)
def test_a_line_is_changed_in_each_way(line: str, expected: set[str]) -> None:
    assert after(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        'x = folder / "name"',
        'x = a + "text"',
        "x = zip(a, b, strict=True)",
        'raise ValueError(f"{a - b}")',
        "def f(a: Literal[1]) -> None: ...",
        "x = a[0]",
        "mean = a",
        "from a import min",
        "x = (a) - (b(c))".replace("(b(c))", "b[\n0]"),
    ],
)
def test_what_is_no_figure_is_left(line: str) -> None:
    assert after(line) <= {"x = (a) + b["}


def test_lines_are_drawn_from_the_tree_by_the_seed() -> None:
    paths = files_of(ROOT)[::6]
    drawn = draw_changes(ROOT, paths, 30, seed=1)
    assert drawn == draw_changes(ROOT, paths, 30, seed=1)
    assert drawn != draw_changes(ROOT, paths, 30, seed=2)
    assert len({(change.path, change.line) for change in drawn}) == 30
    assert len({change.path.split("/")[1] for change in drawn}) >= 4


def test_every_module_has_tests_that_are_close() -> None:
    assert [path for path in files_of(ROOT) if not closest_tests(ROOT, path)] == []


def project(root: Path) -> Path:
    """A module with a test that sees its sign, and one in whose process nothing is left."""
    (root / "dnn_core").mkdir(parents=True)
    (root / "tests/dnn_core").mkdir(parents=True)
    (root / "dnn_core/a.py").write_text("def f(x):\n    return x - 1\n")
    (root / "tests/dnn_core/test_a.py").write_text(
        "from dnn_core.a import f\n\ndef test_f():\n    assert f(1) <= 0\n"
    )
    (root / "conftest.py").write_text("")
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def test_a_change_is_noticed_or_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Streamlit leaves the page that it ran last as `__main__`, and the process of a trial
    # would begin by running it.
    monkeypatch.setitem(sys.modules, "__main__", tool)
    root = project(tmp_path / "project")
    assert closest_tests(root, "dnn_core/a.py") == ["tests/dnn_core/test_a.py"]
    copy_tree(root, tmp_path / "copy")
    seen = Change("dnn_core/a.py", 2, "    return x - 1", "    return x + 1")
    unseen = Change("dnn_core/a.py", 2, "    return x - 1", "    return x - 2")
    outcomes = [
        try_change(tmp_path / "copy", change, ["tests/dnn_core/test_a.py"], seconds=300)
        for change in (seen, unseen)
    ]
    assert [outcome.noticed for outcome in outcomes] == [True, False]
    assert "test_f" in outcomes[0].by
    assert (tmp_path / "copy/dnn_core/a.py").read_text() == "def f(x):\n    return x - 1\n"
