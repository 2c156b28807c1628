from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from dnn_core.diagnostics.coverage import (
    EVERYBODY,
    Coverage,
    coverage_frame,
    covered_cases,
)
from dnn_core.diagnostics.recalibration_plot import CalibrationSlope, RecalibrationHelps
from dnn_core.evaluation.calibration.conformal import fit_conformal
from dnn_core.evaluation.calibration.figures import calibration_figures
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind


def _part(make_run, kind=Kind.MULTICLASS, **settings):
    labels = () if kind.numeric else ("a", "b", "c")
    part = RunPart(make_run(kind, labels=labels, **settings))
    given = part.predicted if kind.numeric else part.probabilities
    conformal = fit_conformal(kind, part.observed, given)
    part.run.write("conformal.json", json.dumps(conformal.to_dict()))
    return part


@pytest.mark.parametrize("kind", [Kind.MULTICLASS, Kind.REGRESSION])
def test_validation_rows_are_judged_by_the_threshold_of_the_others(make_run, kind):
    part = _part(make_run, kind)
    # ⌈0.9 * 120⌉ = 108 of the 119 others: the 108 lowest scores of 120 are below.
    assert covered_cases(part, 90).sum() == 108
    frame = coverage_frame(part, 90)
    assert frame["title"].tolist() == [EVERYBODY]
    assert frame["value"].item() == 0.9


def test_training_rows_are_judged_by_the_threshold_itself(make_run):
    part = _part(make_run)
    training = RunPart(part.run, "training")
    sets = part.run.conformal.sets(training.probabilities, 80)
    expected = sets[np.arange(240), training.observed]
    assert np.array_equal(covered_cases(training, 80), expected)


def test_small_groups_are_suppressed(make_run):
    part = _part(make_run)
    group = pd.Series(pd.Categorical(np.where(np.arange(120) < 19, "reduced", "many")))
    frame = coverage_frame(part, 90, group).set_index("title")
    assert np.isnan(frame.loc["reduced", "value"])
    assert frame.loc["reduced", "text"] == "fewer than 20 cases"
    covered = covered_cases(part, 90)[19:]
    assert frame.loc["many", "value"] == pytest.approx(covered.mean())
    low, high = proportion_confint(covered.mean() * 100, 100, method="wilson")
    assert frame.loc["many", "low":"high"].tolist() == pytest.approx([low, high])


@pytest.mark.parametrize("kind", [Kind.MULTICLASS, Kind.REGRESSION])
def test_it_is_drawn_by_size_of_set_or_by_prediction(make_run, kind):
    part = _part(make_run, kind)
    picture = Coverage().draw(part)
    assert picture.frame["cases"].iloc[1:].sum() == 120
    assert "near the level by construction" in picture.caption
    if kind is Kind.REGRESSION:
        # Fifths of 120 cases.
        assert picture.frame["cases"].tolist() == [120, 24, 24, 24, 24, 24]
    else:
        assert set(picture.frame["title"]) <= {
            EVERYBODY,
            "1 category named",
            "2 categories named",
            "3 categories named",
        }
    picture.chart.to_dict()


def test_there_is_nothing_to_draw_without_thresholds(make_run):
    part = RunPart(make_run(Kind.REGRESSION))
    assert "too few validation cases" in Coverage().obstacle(part)


def _calibrated(make_run, kind):
    part = _part(make_run, kind)
    given = part.predicted if kind.numeric else part.probabilities
    figures = calibration_figures(
        kind, part.coding.labels, part.observed, given, Design(np.ones(120))
    )
    rows = [
        row | {"version": version, "part": "validation"}
        for version in ("learnt", "temperature", "isotonic")
        for row in figures.astype("object").where(figures.notna(), None).to_dict("records")
    ]
    scores = json.loads((part.run.directory / "metrics.json").read_text())
    part.run.write("metrics.json", json.dumps({**scores, "calibration": rows}))
    return part, figures


@pytest.mark.parametrize(("kind", "count"), [(Kind.MULTICLASS, 3), (Kind.REGRESSION, 1)])
def test_slopes_are_those_of_the_run(make_run, kind, count):
    part, figures = _calibrated(make_run, kind)
    picture = CalibrationSlope().draw(part)
    slopes = figures.loc[figures["figure"] == "slope", "value"]
    assert picture.frame["value"].tolist() == pytest.approx(slopes.tolist())
    assert len(slopes) == count
    assert ("off by" in picture.caption) == (count == 1)
    picture.chart.to_dict()


def test_recalibration_stands_beside_what_was_learnt(make_run):
    part, _ = _calibrated(make_run, Kind.MULTICLASS)
    picture = RecalibrationHelps().draw(part)
    assert picture.frame["version"].tolist() == ["As learned", "Temperature", "Isotonic"]
    assert "fitted without it" in picture.caption
    assert "by chance alone" in picture.caption
    picture.chart.to_dict()


def test_without_figures_there_is_an_obstacle(make_run):
    part = RunPart(make_run(Kind.MULTICLASS, labels=("a", "b", "c")))
    assert RecalibrationHelps().obstacle(part)
    assert CalibrationSlope().obstacle(part)
