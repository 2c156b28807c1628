"""What `pip install` brings is what is imported, and what is tested is among it."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import dnn_core

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared(words: list[str]) -> dict[str, Requirement]:
    requirements = map(Requirement, words)
    return {canonicalize_name(one.name): one for one in requirements}


DEPENDENCIES = declared(PROJECT["dependencies"])
EXTRAS = {extra: declared(words) for extra, words in PROJECT["optional-dependencies"].items()}


def pins(name: str) -> dict[str, Version]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    assert all(str(one.specifier).startswith("==") for one in requirements)
    return {
        canonicalize_name(one.name): Version(str(one.specifier).removeprefix("=="))
        for one in requirements
    }


def imported() -> Iterator[str]:
    """The distributions whose modules the program imports, anywhere in it."""
    homes = packages_distributions()
    for path in [ROOT / "app.py", *(ROOT / "dnn_core").rglob("*.py"), *ROOT.glob("pages/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            for name in names:
                library = name.partition(".")[0]
                if library not in {*sys.stdlib_module_names, "dnn_core", "pages", "app"}:
                    yield from map(canonicalize_name, homes[library])


def test_what_is_imported_is_declared_and_nothing_else() -> None:
    assert set(imported()) == {*DEPENDENCIES, *EXTRAS["mlflow"]}


@pytest.mark.parametrize(
    ("requirements", "pinned"),
    [
        (DEPENDENCIES, "requirements.txt"),
        (EXTRAS["mlflow"], "requirements-mlflow.txt"),
        (EXTRAS["dev"], "requirements-dev.txt"),
    ],
)
def test_what_is_pinned_is_within_what_is_declared(
    requirements: dict[str, Requirement], pinned: str
) -> None:
    exact = pins(pinned)
    assert set(exact) == set(requirements)
    outside = [name for name, number in exact.items() if number not in requirements[name].specifier]
    assert not outside


def test_the_release_stands_in_one_place_and_in_what_a_run_was_made_with() -> None:
    assert "version" in PROJECT["dynamic"] and "version" not in PROJECT
    assert Version(dnn_core.__version__) >= Version("0.1.0")
