"""What every diagnostic promises, over all of them and all kinds of runs."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from typing import Any

import pytest

import dnn_core.diagnostics
from dnn_core.diagnostics.diagnostic import Diagnostic
from dnn_core.diagnostics.groups_plot import Groups
from dnn_core.diagnostics.registry import DIAGNOSTICS, diagnostic
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import State
from dnn_core.specs import Kind

ODD = ("a.b[c]", "=cmd|' /C calc'!A0", "$x$", "training", "\\'+alert(1)+'", "datum['x']")
INJECTED = tuple(label for label in ODD if label != "training")
TWO = ("no", "yes")

RUNS: dict[str, tuple[Kind, dict[str, Any]]] = {
    "binary": (Kind.BINARY, {"labels": TWO}),
    "multiclass": (Kind.MULTICLASS, {"labels": ("left", "centre", "right")}),
    "regression": (Kind.REGRESSION, {}),
    "count": (Kind.COUNT, {}),
    "amount": (Kind.AMOUNT, {}),
    "one epoch": (Kind.BINARY, {"labels": TWO, "epochs": 1}),
    "members": (Kind.BINARY, {"labels": TWO, "members": 3}),
    "empty category": (Kind.MULTICLASS, {"labels": ("a", "b", "c"), "absent": "b"}),
    "one category": (Kind.BINARY, {"labels": TWO, "absent": "no"}),
    "constant binary": (Kind.BINARY, {"labels": TWO, "constant": True}),
    "constant multiclass": (Kind.MULTICLASS, {"labels": ("a", "b", "c"), "constant": True}),
    "constant quantity": (Kind.REGRESSION, {"constant": True}),
    "odd labels": (Kind.MULTICLASS, {"labels": ODD}),
    "odd pair": (Kind.BINARY, {"labels": ODD[:2]}),
    "fifty categories": (Kind.MULTICLASS, {"labels": tuple(f"group {i}" for i in range(50))}),
    "few cases": (Kind.MULTICLASS, {"labels": ("a", "b"), "cases": {"validation": 3}}),
    "one case": (Kind.REGRESSION, {"cases": {"validation": 1}}),
    "many cases": (Kind.REGRESSION, {"cases": {"validation": 6000}}),
}

each = pytest.mark.parametrize("member", DIAGNOSTICS, ids=lambda member: member.code)


@pytest.fixture(params=RUNS, scope="module")
def part(request, tmp_path_factory):
    write_run = request.getfixturevalue("written")
    kind, settings = RUNS[request.param]
    return RunPart(write_run(tmp_path_factory.mktemp("run") / "run", kind, **settings))


def test_codes_are_unique_and_found():
    codes = [member.code for member in DIAGNOSTICS]
    assert len(set(codes)) == len(codes)
    assert all(diagnostic(code).code == code for code in codes)


def test_every_plot_of_a_run_is_registered():
    for module in pkgutil.iter_modules(dnn_core.diagnostics.__path__, "dnn_core.diagnostics."):
        importlib.import_module(module.name)
    waiting, defined = [Diagnostic], set()
    while waiting:
        kinds = waiting.pop().__subclasses__()
        waiting += kinds
        ours = [kind for kind in kinds if kind.__module__.startswith("dnn_core.")]
        # What has no code of its own is what several plots share.
        defined |= {kind for kind in ours if "code" in vars(kind)}
    # It is drawn of a variable that is chosen on the page.
    assert defined == {type(member) for member in DIAGNOSTICS} | {Groups}


@each
def test_it_says_why_not_or_draws_itself(member: Diagnostic, part: RunPart):
    reason = member.obstacle(part)
    assert member.applies(part) == (reason is None)
    if reason is not None:
        assert reason[0].isupper() and reason.endswith(".")
        return
    picture = member.draw(part)
    assert picture.question.endswith("?")
    assert picture.caption.endswith(".") and "\n" not in picture.caption
    assert picture.alt.endswith(".")
    assert 0 < len(picture.frame) <= 5000
    # Altair validates against the schema of Vega-Lite.
    spec = picture.chart.to_dict()
    assert "title" not in spec
    keep_to_the_rules(spec)


def keep_to_the_rules(spec: dict[str, Any]) -> None:
    """Colours by role, fields with fixed names, labels as data and never in expressions."""
    datasets = spec.pop("datasets")
    assert not re.search(r"#[0-9a-fA-F]{6}", json.dumps(spec))
    for key, value in walk(spec):
        if key == "field":
            assert re.fullmatch(r"[a-z_0-9]+", value)
        if key == "axis" and value and "values" in value:
            assert value["tickCount"] == len(value["values"])
            labels = [format(mark, value["format"]) for mark in value["values"]]
            assert len(set(labels)) == len(labels)
        if key in ("expr", "calculate", "filter", "labelExpr", "test") and isinstance(value, str):
            assert not any(label in value for label in INJECTED)
    for rows in datasets.values():
        assert all(re.fullmatch(r"[a-z_0-9]+", name) for row in rows for name in row)


def walk(node: Any) -> list[tuple[str, Any]]:
    result = []
    if isinstance(node, dict):
        for key, value in node.items():
            result += [(key, value), *walk(value)]
    elif isinstance(node, list):
        for value in node:
            result += walk(value)
    return result


@each
def test_it_waits_for_what_it_needs(member: Diagnostic, make_run):
    run = make_run(Kind.BINARY, labels=TWO, epochs=0, state=State.QUEUED)
    assert member.obstacle(RunPart(run))


@each
def test_a_sealed_test_part_is_not_shown(member: Diagnostic, make_run):
    part = RunPart(make_run(Kind.BINARY, labels=TWO), "test")
    # The learning curve has no test part: it is drawn from the epochs.
    assert "curve" in member.code or member.obstacle(part) == "The test part is sealed."
