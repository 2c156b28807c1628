"""Which tests are closest to a module: of the same name, and those that import it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

NOT_CLOSE = ("tests/browser", "tests/pages")
"""They go through everything, and take long."""


def closest_tests(root: Path, path: str) -> list[str]:
    """Test files that are closest to a module, the closest first.

    Of the same path and name under `tests`; then those that import the module, in the folder that
    mirrors its own before others, and those that import little before those that import much;
    only where there are neither, those that import what imports it, and so on.

    Parameters
    ----------
    root : Path
        Of the repository.
    path : str
        Of the module, from the root.
    """
    module = _name(path)
    folder = Path("tests") / Path(path).parent
    tests = [t for t in _files(root, "tests") if not t.startswith(NOT_CLOSE)]
    tests.sort(key=lambda test: (Path(test).parent != folder, len(_imports(root, test))))
    own = folder / f"test_{Path(path).name}"
    close = [own.as_posix()] if (root / own).exists() else []
    close += [test for test in tests if module in _imports(root, test) and test not in close]
    if close:
        return close
    known = {module}
    while not close:
        users = {_name(u) for u in _files(root, Path(path).parts[0]) if known & _imports(root, u)}
        if users <= known:
            break
        known |= users
        close = [test for test in tests if known & _imports(root, test)]
    return close


@cache
def _files(root: Path, folder: str) -> list[str]:
    result = (root / folder).rglob("*.py" if folder != "tests" else "test_*.py")
    return sorted(file.relative_to(root).as_posix() for file in result)


@cache
def _imports(root: Path, path: str) -> frozenset[str]:
    """Names of modules, and of what may be modules, that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((root / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def _name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
