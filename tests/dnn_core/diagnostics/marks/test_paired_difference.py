"""The difference of two networks on the same cases, and when there is none."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from dnn_core.diagnostics.marks.paired_difference import no_pairing, paired_difference
from dnn_core.package.code_difference import code_difference, code_of
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import State
from dnn_core.specs import Kind, NetworkSpec

LABELS = ("no", "yes")


def rewrite(run, change):
    """Change the predictions of a run."""
    path = run.directory / "predictions.parquet"
    table = pd.read_parquet(path)
    change(table)
    table.to_parquet(path, index=False)


def shuffled(run):
    path = run.directory / "predictions.parquet"
    pd.read_parquet(path).sample(frac=1, random_state=3).to_parquet(path, index=False)


@pytest.fixture
def two(tmp_path, make_run):
    """Two runs that observed the same and predict differently."""
    first = make_run(Kind.REGRESSION)
    second = make_run(Kind.REGRESSION)
    noise = np.random.default_rng(5).normal(0, 1.5, 360)

    def worse(table):
        table["predicted"] += noise

    rewrite(second, worse)
    return first, second


def errors(run):
    table = RunPart(run).predictions.sort_values("row")
    return (table["observed"] - table["predicted"]).abs().to_numpy()


def test_the_difference_and_its_interval_are_those_of_the_cases(two):
    first, second = two
    shuffled(second)
    parts = RunPart(first), RunPart(second)
    assert no_pairing(*parts) is None
    result = paired_difference(*parts).set_index("metric").loc["mae"]
    of_case = errors(second) - errors(first)
    assert result["difference"] == pytest.approx(of_case.mean())
    assert result["better"] == "lower"
    # The mean of paired differences: its standard error is known; 120 cases, 1,000 resamples.
    expected = 2 * 1.98 * of_case.std(ddof=1) / np.sqrt(len(of_case))
    assert result["high"] - result["low"] == pytest.approx(expected, rel=0.12)
    # Two metrics that are not paired would say much less.
    apart = 2 * 1.98 * np.hypot(errors(first).std(), errors(second).std()) / np.sqrt(len(of_case))
    assert result["high"] - result["low"] < 0.9 * apart


def test_the_other_way_round_has_the_other_sign(two):
    there = paired_difference(RunPart(two[0]), RunPart(two[1])).set_index("metric")
    back = paired_difference(RunPart(two[1]), RunPart(two[0])).set_index("metric")
    assert back["difference"].tolist() == pytest.approx((-there["difference"]).tolist())
    assert back["low"].tolist() == pytest.approx((-there["high"]).tolist(), rel=0.2)


def test_weights_count(two):
    weight = np.random.default_rng(2).uniform(0.1, 3, 360)
    for run in two:
        rewrite(run, lambda table: table.insert(0, "weight", weight))
    result = paired_difference(RunPart(two[0]), RunPart(two[1])).set_index("metric").loc["mae"]
    of_case = errors(two[1]) - errors(two[0])
    expected = np.average(of_case, weights=weight[240:])
    assert result["difference"] == pytest.approx(expected)
    assert result["difference"] != pytest.approx(of_case.mean(), rel=1e-3)


def test_categories_are_compared_by_their_probabilities(make_run):
    first = make_run(Kind.BINARY, labels=LABELS)
    second = make_run(Kind.BINARY, labels=LABELS)

    def turn(table):
        table["probability_yes"] = 1 - table["probability_yes"]
        if "probability_no" in table:
            table["probability_no"] = 1 - table["probability_no"]

    rewrite(second, turn)
    result = paired_difference(RunPart(first), RunPart(second)).set_index("metric")
    # Who is turned around has as AUC what is missing to one.
    from sklearn.metrics import roc_auc_score

    table = RunPart(first).predictions
    auc = roc_auc_score(table["observed"] == "yes", table["probability_yes"])
    assert result.loc["auc", "difference"] == pytest.approx(1 - 2 * auc)
    assert result.loc["auc", "better"] == "higher"
    assert result.loc["auc", "high"] < 0


def test_why_there_is_no_difference(two, make_run):
    first, second = two
    waiting = make_run(Kind.REGRESSION, state=State.FAILED)
    assert no_pairing(RunPart(first), RunPart(waiting)) == (
        "At least one of them has no trained network."
    )
    binary = make_run(Kind.BINARY, labels=LABELS)
    assert "same outcome" in no_pairing(RunPart(first), RunPart(binary))
    other = make_run(Kind.BINARY, labels=("no", "maybe"))
    assert "different categories" in no_pairing(RunPart(binary), RunPart(other))
    fewer = make_run(Kind.REGRESSION, cases={"training": 240, "validation": 100})
    assert "same rows of the validation part" in no_pairing(RunPart(first), RunPart(fewer))

    def edited(table):
        table["observed"] += 1.0

    rewrite(second, edited)
    assert "edited" in no_pairing(RunPart(first), RunPart(second))


def test_runs_that_count_cases_otherwise_are_not_paired(two):
    first, second = two
    asked = second.experiment
    second.write("experiment.json", asked.but(task=asked.task.but(weight="w")).model_dump_json())
    del second.experiment
    assert "differ in weight" in no_pairing(RunPart(first), RunPart(second))


def test_the_code_differs_where_the_settings_do(two):
    first, second = two
    first.annotate(name="Wide")
    assert code_difference(first, second) == ""
    asked = second.experiment
    second.write("experiment.json", asked.but(network=NetworkSpec(hidden=())).model_dump_json())
    del second.experiment
    lines = code_difference(first, second).splitlines()
    assert lines[:2] == ["--- Wide", "+++ Run 1"]
    gone = [line[1:] for line in lines[2:] if line.startswith("-")]
    assert gone
    assert all(line in code_of(first).splitlines() for line in gone)
    assert any("keras.layers.Dense" in line for line in gone)


def test_the_code_counts_the_cases_and_inputs_of_the_run(two):
    first, second = two
    facts = json.loads((second.directory / "facts.json").read_text())
    second.write("facts.json", json.dumps({**facts, "inputs": 77}))
    assert "77" in code_difference(first, second)
