from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from dnn_core.diagnostics.calibration_plot import Calibration, calibration_frame
from dnn_core.evaluation.inference.design_effect import wilson_interval
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind


@pytest.mark.parametrize(("hits", "cases"), [(0, 10), (3, 10), (10, 10), (250, 1000)])
def test_the_interval_agrees_with_statsmodels(hits, cases):
    expected = proportion_confint(hits, cases, method="wilson")
    assert wilson_interval(hits, cases) == pytest.approx(expected, abs=1e-12)


def test_bins_agree_with_scikit_learn():
    rng = np.random.default_rng(1)
    probability = rng.random(1000)
    happened = rng.random(1000) < probability
    frame = calibration_frame(probability, happened)
    observed, predicted = calibration_curve(happened, probability, n_bins=10, strategy="quantile")
    assert frame["predicted"].to_numpy() == pytest.approx(predicted)
    assert frame["observed"].to_numpy() == pytest.approx(observed)
    assert frame["cases"].sum() == 1000


def test_equal_predictions_are_never_torn_apart():
    frame = calibration_frame(np.full(100, 0.3), np.arange(100) < 40)
    assert frame[["predicted", "observed", "cases"]].to_numpy().tolist() == [[0.3, 0.4, 100]]


def test_few_cases_make_few_bins():
    rng = np.random.default_rng(1)
    assert len(calibration_frame(rng.random(45), np.ones(45, dtype=bool))) == 2


def test_of_several_categories_it_is_the_predicted_one(make_run):
    part = RunPart(make_run(Kind.MULTICLASS, labels=("a", "b", "c")))
    frame = Calibration().frame(part)
    right = float((part.predictions["observed"] == part.predictions["predicted"]).mean())
    assert np.average(frame["observed"], weights=frame["cases"]) == pytest.approx(right)
