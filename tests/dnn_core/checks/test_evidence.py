from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import (
    as_if_independent,
    baseline_title,
    beats_chance,
    chance_baseline,
    evaluated_part,
    linear_baseline,
    part_predictions,
    score,
    torn,
    weights_of,
)
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import PartData, Prepared
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines.fit_all import fit_baselines
from dnn_core.evaluation.inference.intervals import Estimate
from dnn_core.outcome.metrics import main_metric
from dnn_core.specs import Kind


def test_test_part_is_judged_once_it_is_open(make_run):
    assert evaluated_part(make_run(test_opened=True)) == "test"


def test_validation_part_is_judged_until_then(make_run):
    assert evaluated_part(make_run()) == "validation"


def test_score_is_looked_up_by_model_part_and_main_metric(make_run):
    run = make_run(scores={("network", "validation"): (0.7, 0.6, 0.8)})
    assert score(run, "network", "validation") == Estimate(0.7, 0.6, 0.8)
    with pytest.raises(NotApplicable, match="AUC was not computed on the test part"):
        score(run, "network", "test")


@pytest.mark.parametrize("kind", Kind)
def test_more_of_every_main_metric_is_better(kind):
    # Checks read a gain above zero as one.
    assert main_metric(kind).higher_is_better


@pytest.mark.parametrize("kind", Kind)
def test_baselines_are_known_by_the_names_they_are_given(make_run, kind):
    random = np.random.default_rng(1)
    classes = tuple("012"[: 3 if kind is Kind.ORDINAL else 2])
    y = np.arange(30) % len(classes) + (kind is Kind.AMOUNT)
    part = PartData(np.arange(30), random.normal(size=(30, 2)).astype("float32"), y)
    target = TargetCoding("vote", kind, classes=classes, labels=classes)
    encoder = Encoder((), target, None, ("a", "b"), ("number", "number"))
    fitted = {baseline.name for baseline in fit_baselines(Prepared({"training": part}, encoder))}
    run = make_run(kind=kind)
    assert {chance_baseline(run), linear_baseline(run)} <= fitted


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (Kind.BINARY, "logistic", "logistic regression"),
        (Kind.COUNT, "poisson", "Poisson regression"),
        (Kind.COUNT, "mean", "mean of the outcome"),
        (Kind.AMOUNT, "gamma", "gamma regression"),
    ],
)
def test_title_within_a_sentence(make_run, kind, name, words):
    assert baseline_title(make_run(kind=kind), name) == words


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({}, ""),
        ({"weight": "w"}, ""),
        ({"cluster": "c"}, ", ignoring clusters"),
        ({"weight": "w", "cluster": "c"}, ", ignoring clusters"),
    ],
)
def test_what_is_left_aside_is_said(make_run, task, words):
    assert as_if_independent(make_run(task=task)) == words


def test_only_predictions_of_the_part_are_given(make_run):
    run = make_run(observed=["Yes", "No", "No"], predicted=[0.9, 0.2, 0.6])
    table = part_predictions(run, "validation")
    assert table["observed"].tolist() == ["Yes", "No", "No"]
    assert table["predicted"].tolist() == ["Yes", "No", "Yes"]
    with pytest.raises(NotApplicable, match="no predictions for the training part"):
        part_predictions(run, "training")


def test_the_figure_is_that_of_the_model_the_part_and_the_metric(make_run):
    other = (0.9, 0.8, 1.0)
    asked = ("network", "validation")
    run = make_run(
        scores={
            ("logistic", "validation"): other,
            ("network", "training"): other,
            (*asked, "brier"): other,
            asked: (0.7, 0.6, 0.8),
        }
    )
    assert score(run, *asked) == Estimate(0.7, 0.6, 0.8)


@pytest.mark.parametrize(
    "figure", [(0.7, float("nan"), float("nan")), (0.7, 0.6, float("nan")), (float("nan"),) * 3]
)
def test_a_figure_without_an_interval_is_none(make_run, figure):
    run = make_run(scores={("network", "validation"): figure})
    with pytest.raises(NotApplicable, match="no interval"):
        score(run, "network", "validation")


@pytest.mark.parametrize(
    ("low", "log_loss", "better"),
    [
        (0.01, None, True),
        (0.0, None, False),
        (-0.01, None, False),
        (0.01, -0.001, True),
        (0.01, 0.0, False),
        (0.01, 0.001, False),
    ],
)
def test_chance_is_beaten_where_both_intervals_say_so(make_run, low, log_loss, better):
    asked = ("majority", "validation")
    # Of other models, parts and metrics the opposite.
    opposite = (0.0, -1.0, -0.5) if log_loss is None or log_loss >= 0 else (0.0, 0.5, 1.0)
    gains = {
        ("logistic", "validation", "log_loss"): opposite,
        ("majority", "training", "log_loss"): opposite,
        (*asked, "brier"): opposite,
        asked: (0.05, low, 0.1),
    }
    if log_loss is not None:
        gains[*asked, "log_loss"] = (-0.1, -0.2, log_loss)
    assert beats_chance(make_run(gains=gains), "validation") is better


def _finding(code: str) -> Finding:
    return Finding(code, Severity.PROBLEM, "T.", "R.", "1", "of 1", "rows, test")


@pytest.mark.parametrize(
    ("audit", "is_torn"),
    [
        (None, False),
        ((), False),
        (("same_id",), False),
        (("torn_clusters",), True),
        (("same_id", "torn_clusters"), True),
    ],
)
def test_clusters_are_torn_where_the_audit_found_it(make_run, audit, is_torn):
    found = None if audit is None else tuple(map(_finding, audit))
    assert torn(make_run(audit=found)) is is_torn


def test_cases_without_weights_count_the_same():
    assert weights_of(pd.DataFrame({"row": [1, 2, 3]})).tolist() == [1.0, 1.0, 1.0]
    assert weights_of(pd.DataFrame({"weight": [0.5, 2.0]})).tolist() == [0.5, 2.0]
