"""Every public name is in the reference, and says what it takes, gives back and refuses."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path

import pytest

import dnn_core
from dnn_core.specs import HiddenLayer, Spec, TrainingSpec

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "reference.md").read_text(encoding="utf-8")

PUBLIC = {name: getattr(dnn_core, name) for name in dnn_core.__all__ if name != "__version__"}
FUNCTIONS = sorted(name for name, one in PUBLIC.items() if inspect.isfunction(one))
SPECS = {n for n, one in PUBLIC.items() if inspect.isclass(one) and issubclass(one, Spec)}

AS_OF_ANOTHER = {"DenseNetworkRegressor": "DenseNetworkClassifier"}
"""Whose docstring says that its parameters are those of another class."""


def section(name: str, title: str) -> str:
    """What stands in a section of a numpydoc docstring; empty where there is none."""
    text = inspect.getdoc(PUBLIC[name]) or ""
    parts = re.split(r"^(\w+)\n-+$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)).get(title, "")


def listed(name: str) -> set[str]:
    """The parameters that a docstring explains."""
    lines = re.findall(r"^(\w[\w, ]*) :|^(\w+)$", section(name, "Parameters"), re.MULTILINE)
    return {one for pair in lines for words in pair for one in words.split(", ") if one}


def test_the_reference_has_all_public_names_and_no_other() -> None:
    assert sorted(re.findall(r"^::: dnn_core\.(\w+)$", PAGE, re.MULTILINE)) == sorted(PUBLIC)
    assert set(re.findall(r"<!-- fields (\w+) -->", PAGE)) == SPECS - {"Vary"}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_explained_in_its_own_words(name: str) -> None:
    own = PUBLIC[name].__doc__
    assert own and own.strip() and own.splitlines()[0].strip()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_what_it_takes_gives_and_refuses(name: str) -> None:
    function = PUBLIC[name]
    assert listed(name) == set(inspect.signature(function).parameters)
    assert section(name, "Returns")
    assert "Error" in section(name, "Raises") or "Damaged" in section(name, "Raises")


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - SPECS - set(FUNCTIONS)))
def test_a_class_says_how_it_is_made(name: str) -> None:
    taken = set(inspect.signature(PUBLIC[name]).parameters)
    if name in AS_OF_ANOTHER:
        other = AS_OF_ANOTHER[name]
        assert f"those of `{other}`" in inspect.getdoc(PUBLIC[name])
        assert taken <= listed(other) | listed(name)
    else:
        assert listed(name) == taken


@pytest.mark.parametrize("name", sorted(SPECS - {"Vary"}))
def test_a_field_says_what_it_means_or_is_a_specification_itself(name: str) -> None:
    for field, declared in PUBLIC[name].model_fields.items():
        inner = declared.annotation
        nested = inspect.isclass(inner) and issubclass(inner, Spec)
        assert nested or declared.title, f"{name}.{field}"


def test_a_table_of_fields_says_what_the_fields_declare() -> None:
    declared = importlib.util.spec_from_file_location("write_fields", DOCS / "write_fields.py")
    assert declared is not None and declared.loader is not None
    hook = importlib.util.module_from_spec(declared)
    declared.loader.exec_module(hook)
    page = hook.on_page_markdown(
        "A page.\n<!-- fields HiddenLayer -->\n<!-- fields TrainingSpec -->"
    )
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert set(rows) == {*HiddenLayer.model_fields, *TrainingSpec.model_fields}
    dropout = HiddenLayer.model_fields["dropout"]
    assert f"**{dropout.title}.** {dropout.description}" in rows["dropout"]
    assert "from 0 to 0.9 |" in rows["dropout"] and rows["dropout"].endswith("| `0.0` |")
    assert "`adam`" in rows["optimizer"].split("|")[3]
