"""Runs with ordered categories, counts and amounts, from the table to the saved model."""

import numpy as np
import pandas as pd
import pytest

from dnn_core.checks import lead_sentence, run_checks
from dnn_core.data.readers import read_bytes
from dnn_core.diagnostics.registry import DIAGNOSTICS
from dnn_core.report.methods import methods_paragraph
from dnn_core.report.record import Record
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import (
    Experiment,
    HiddenLayer,
    Kind,
    NetworkSpec,
    SplitMethod,
    SplitSpec,
    Task,
    TrainingSpec,
)

pytestmark = pytest.mark.training

ROWS = 900
TARGETS = {Kind.ORDINAL: "trust", Kind.COUNT: "visits", Kind.AMOUNT: "rent"}


def table():
    rng = np.random.default_rng(11)
    age, school = rng.normal(size=(2, ROWS))
    signal = 1.2 * age - 0.8 * school
    trust = 1 + np.digitize(signal + rng.logistic(size=ROWS), [-2.0, -0.5, 1.0, 2.5])
    frame = pd.DataFrame(
        {
            "age": age.round(3),
            "school": school.round(3),
            "trust": trust,
            "visits": rng.poisson(np.exp(1 + 0.5 * signal)),
            "rent": rng.gamma(4, np.exp(5 + 0.5 * signal)).round(2),
        }
    )
    return read_bytes(frame.to_csv(index=False).encode(), "panel.csv"), frame


@pytest.fixture(scope="module", params=list(TARGETS), ids=lambda kind: kind.value)
def run(request, tmp_path_factory):
    dataset, _ = table()
    experiment = Experiment(
        task=Task(target=TARGETS[request.param], features=("age", "school"), kind=request.param),
        split=SplitSpec(method=SplitMethod.RANDOM),
        network=NetworkSpec(hidden=(HiddenLayer(units=16),)),
        training=TrainingSpec(epochs=60, members=3, learning_rate=0.01),
    )
    return run_experiment(dataset, experiment, tmp_path_factory.mktemp("runs") / "first")


def test_the_network_does_what_the_right_regression_does(run):
    scores = run.scores.query("part == 'validation'").set_index(["model", "metric"])["value"]
    linear, metric = {
        Kind.ORDINAL: ("ordered_logit", "rps"),
        Kind.COUNT: ("poisson", "deviance"),
        Kind.AMOUNT: ("gamma", "gamma_deviance"),
    }[run.kind]
    chance = "mean" if run.kind.numeric else "majority"
    # The truth is linear: the network comes near the regression, and both leave chance behind.
    network = scores["network", metric]
    assert network < 1.1 * scores[linear, metric]
    assert scores[linear, metric] < 0.85 * scores[chance, metric]


def test_the_saved_model_predicts_what_the_run_says(run):
    _, frame = table()
    seen = run.predictions.query("part == 'training'")
    again = run.predictor().predictions(frame.iloc[seen["row"]])
    columns = [c for c in seen if c.startswith("probability_")] or ["predicted"]
    assert again[columns].to_numpy() == pytest.approx(seen[columns].to_numpy(), abs=1e-4, rel=1e-5)
    if run.kind is Kind.ORDINAL:
        assert columns == [f"probability_{k}" for k in range(1, 6)]
        assert again[columns].sum(axis=1).to_numpy() == pytest.approx(1)
    else:
        assert (again["predicted"] > 0).all()


def test_everything_that_judges_a_run_can_take_it(run):
    findings, _ = run_checks(run)
    assert "predicts “" in lead_sentence(run, findings)
    part = RunPart(run, "validation", None)
    drawn = {member.code for member in DIAGNOSTICS if member.applies(part)}
    expected = {"residuals"} if run.kind.numeric else {"confusion", "calibration"}
    assert expected <= drawn
    for member in DIAGNOSTICS:
        if member.applies(part):
            assert len(member.draw(part).frame)


def test_the_report_names_what_was_predicted_and_what_was_minimised(run):
    dataset, _ = table()
    text = methods_paragraph(Record(run, dataset))
    noun, loss = {
        Kind.ORDINAL: ("ordered categories", "minimised the likelihood of a cumulative logit"),
        Kind.COUNT: ("a count", "minimised Poisson deviance"),
        Kind.AMOUNT: ("a positive quantity", "minimised gamma deviance"),
    }[run.kind]
    assert f"“{TARGETS[run.kind]}”, {noun}, from" in text
    assert loss in text


def test_intervals_hold_what_can_be_observed(run):
    _, frame = table()
    seen = run.predictor().predictions_with_intervals(frame.iloc[:200], level=80)
    if run.kind is Kind.ORDINAL:
        assert seen["set_80"].str.len().min() > 0
        return
    low, high = seen["low_80"], seen["high_80"]
    assert (low >= 0).all()
    if run.kind is Kind.COUNT:
        assert (low == low.round()).all() and (high == high.round()).all()
    else:
        # Of an amount, both ends stand in proportion to the prediction.
        assert (low > 0).all()
        ratio = seen["predicted"] ** 2 / (low * high)
        assert ratio.to_numpy() == pytest.approx(1, rel=1e-5)
