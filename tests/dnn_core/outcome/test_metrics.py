"""Declarations of metrics against what they measure."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.outcome.metrics import METRICS, Metric
from dnn_core.specs import Kind

PAIRS = [(declared, kind) for declared in METRICS for kind in declared.kinds]


def cases(kind: Kind) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What was observed, what is predicted well, and badly."""
    classes = 2 if kind is Kind.BINARY else 3
    y = np.arange(30) % classes
    if kind.numeric:
        observed = y + 1.0
        return observed, observed + 0.1, 2.5 - observed / 2
    right, wrong = np.eye(classes)[y], np.eye(classes)[(y + 1) % classes]
    return y, 0.7 * right + 0.3 / classes, 0.7 * wrong + 0.3 / classes


@pytest.mark.parametrize(("declared", "kind"), PAIRS, ids=lambda one: getattr(one, "name", one))
def test_what_is_better_is_as_declared(declared: Metric, kind: Kind) -> None:
    y, well, badly = cases(kind)
    better, worse = (
        evaluate(kind, y, said, training_mean=2.0)[declared.name] for said in (well, badly)
    )
    assert (better > worse) is declared.higher_is_better


@pytest.mark.parametrize(("declared", "kind"), PAIRS, ids=lambda one: getattr(one, "name", one))
def test_chance_is_what_one_prediction_for_everybody_reaches(declared: Metric, kind: Kind) -> None:
    if declared.chance_value is None:
        return
    y, _, _ = cases(kind)
    shares = np.bincount(y.astype("int64"), minlength=2) / 30
    same = np.full(30, y.mean()) if kind.numeric else np.tile(shares, (30, 1))
    reached = evaluate(kind, y, same, training_mean=float(y.mean()))
    assert reached[declared.name] == pytest.approx(declared.chance_value)
