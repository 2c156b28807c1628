"""The part of a replication package that scores new cases.

There is one reader of files, one report on their columns, one encoder and one predictor. The
package includes their source, collected by following the imports, so that its script does exactly
what the dashboard does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from dnn_core.data.readers.parsing import MODULE as PARSER
from dnn_core.installation import DASHBOARD, ROOT

ENTRIES = ("dnn_core.evaluation.score_file", PARSER)
"""What the script imports, and what the readers start as a process of its own."""

_SCRIPT = '''"""Score new cases with the trained network of this folder.

    python score.py {example} scored.csv [--level 90] [--probabilities learnt]

{reads}
Each prediction gets an interval, or a set of categories, that contains what will be
observed in the given percentage of cases like those of the validation part. Probabilities
may be recalibrated: temperature or isotonic instead of learnt.
Needs the packages of requirements.txt and the folder dnn_core beside it; nothing is
fetched or sent.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from dnn_core.evaluation.score_file import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(HERE))
'''

_TABLE = {
    "example": "survey.csv",
    "reads": """The file, of any kind that the training file might have been, needs a column for
each predictor. It is read as the training file was ("reading" in about.json). Problems
are reported on standard error: columns that are absent, categories that did
not occur in training, words where numbers are expected, missing answers.""",
}

_IMAGES = {
    "example": "digits.npy",
    "reads": """The file holds grey values from 0 to 255: an .npy array of shape (images, height,
width) or (images, pixels), or a CSV file with one image a line and no header.""",
}


def scoring_files(*, pixels: bool) -> dict[str, bytes | str]:
    """The script, and the source that it needs, by their names in the package.

    Beside them it needs the packages of `export`'s requirements and what a run has saved.

    Parameters
    ----------
    pixels : bool
        Whether the network takes images.
    """
    script = _SCRIPT.format(**(_IMAGES if pixels else _TABLE))
    return {"score.py": script, **_carried(), "dnn_core/LICENSE": _licence()}


@cache
def _carried() -> dict[str, bytes | str]:
    """Source of all modules that the entries import, however indirectly."""
    # Listed, because some systems find task.py under the name of the class Task as well.
    paths = {_name_of(path): path for path in (ROOT / "dnn_core").rglob("*.py")}
    files: dict[str, bytes | str] = {}
    wanted = set(ENTRIES)
    while wanted:
        name = wanted.pop()
        path = paths.pop(name, None)
        if path is None:
            # A function, a class or a library, or a module that is there already.
            continue
        source = path.read_text(encoding="utf-8")
        files[path.relative_to(ROOT).as_posix()] = source
        wanted |= {name.rpartition(".")[0], *_imported(ast.parse(source))}
    return dict(sorted(files.items()))


def _licence() -> str:
    return (DASHBOARD / "LICENSE").read_text(encoding="utf-8")


def _name_of(path: Path) -> str:
    """The dotted name of a module."""
    place = path.parent if path.name == "__init__.py" else path.with_suffix("")
    return ".".join(place.relative_to(ROOT).parts)


def _imported(node: ast.AST) -> Iterator[str]:
    """Names imported below a node, in functions too, but not those for a type checker alone."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module is not None:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from _imported(child)
