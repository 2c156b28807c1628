"""One case of a run, taken apart."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dnn_core.analyses.case_explanation import Explainer
from dnn_core.diagnostics.one_case_plot import (
    MOST_CONTRIBUTIONS,
    contribution_chart,
    contribution_frame,
)
from dnn_core.errors import UserError
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.specs import Task, TrainingSpec
from tests.dnn_core.analyses.conftest import make_experiment, make_survey

pytestmark = pytest.mark.training


def weighted_survey():
    """With c as weight."""
    survey = make_survey(400)
    survey.frame["c"] = 1 + np.abs(survey.frame["c"])
    return survey


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    survey = weighted_survey()
    experiment = make_experiment(
        task=Task(target="vote", features=("a", "b"), weight="c"),
        training=TrainingSpec(epochs=40, members=3, learning_rate=0.02),
    )
    run = run_experiment(survey, experiment, tmp_path_factory.mktemp("case") / "run")
    return run, survey, Explainer.of(run, survey)


def test_contributions_lead_from_the_mean_to_the_prediction(explained) -> None:
    run, survey, explainer = explained
    case = survey.frame.iloc[[7]]
    result = explainer.explain(case)
    assert result["predictor"].tolist() == ["", "a", "b"]
    predicted = run.predictor().predictions(case)["probability_1"].iloc[0]
    assert result["value"].sum() == pytest.approx(predicted, abs=1e-5)
    # The mean prediction is weighted; all training rows are compared with.
    assert len(explainer.others) == run.facts.cases["training"]
    mean = np.average(explainer.networks.outputs(explainer.others)[:, 0], weights=explainer.weight)
    assert result["value"].iloc[0] == pytest.approx(mean, abs=1e-6)
    assert result["error"].iloc[1:].between(1e-6, 0.05).all()


def test_a_case_with_a_high_answer_owes_it_its_high_prediction(explained) -> None:
    _, survey, explainer = explained
    case = survey.frame.iloc[[7]].assign(a=2.0)
    result = explainer.explain(case).set_index("predictor")["value"]
    assert result["a"] > 0.2
    assert abs(result["b"]) < 0.1
    began = time.perf_counter()
    explainer.explain(case)
    assert time.perf_counter() - began < 2


def test_other_data_are_refused(explained) -> None:
    run, survey, _ = explained
    with pytest.raises(UserError, match="not the data"):
        Explainer.of(run, replace(survey, source=replace(survey.source, sha256="1" * 64)))


def test_bars_add_up_and_the_smallest_are_put_together() -> None:
    names = [f"x{i}" for i in range(12)]
    values = [0.1 * (-1) ** i / (i + 1) for i in range(12)]
    result = pd.DataFrame(
        {"predictor": ["", *names], "value": [0.4, *values], "error": [0.0, *[0.01] * 12]}
    )
    frame = contribution_frame(
        result, dict(zip(names, names, strict=True)), dict.fromkeys(names, "yes")
    )
    assert len(frame) == MOST_CONTRIBUTIONS + 3
    assert frame["title"].iloc[1] == "x0\nyes"
    assert frame["text"].iloc[1:3].tolist() == ["+0.10", "−0.05"]
    assert frame["title"].iloc[-2] == "4 further predictors"
    assert frame["value"].iloc[-2] == pytest.approx(sum(values[8:]))
    assert frame["error"].iloc[-2] == pytest.approx(0.02)
    assert frame["end"].iloc[-1] == pytest.approx(0.4 + sum(values))
    # Each bar begins where the one before it ended.
    np.testing.assert_allclose(frame["start"].iloc[1:], frame["end"].iloc[:-1])
    assert contribution_chart(frame).to_dict()
