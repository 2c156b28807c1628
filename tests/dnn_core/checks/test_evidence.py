from __future__ import annotations

import numpy as np
import pytest

from dnn_core.audit.finding import NotApplicable
from dnn_core.checks.evidence import (
    as_if_independent,
    baseline_title,
    chance_baseline,
    evaluated_part,
    linear_baseline,
    score,
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
