"""Gradient boosted trees, the strongest common baseline on tables.

Friedman (2001), Annals of Statistics 29:1189-1232; on tables of middle size they are hard to
beat (Grinsztajn, Oyallon and Varoquaux 2022, NeurIPS 35).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from dnn_core.data.prepare import PartData, Prepared
from dnn_core.evaluation.baselines.baseline import THREADS, Baseline, inner_folds, sample_rows
from dnn_core.outcome.kinds import outcome_of
from dnn_core.specs import Kind, Part

BOOSTING = "Gradient boosting"

LEAVES = 8
"""Leaves of a tree. Among 4, 8, 16 and 31 the best log loss or deviance on new rows of the
sample tables and of simulated surveys, taken together; scikit-learn's 31 over-fit below 3,000
cases."""

FOLDS, FOLDS_USED = 5, 2
"""Number of five folds of the training rows that choose the number of trees: a single one is
unreliable, and more than two did no better."""

MOST_STEPS = 300
"""Maximum number of steps of one tree each; with several categories, the total number of trees."""

PATIENCE = 15
"""Steps without any gain after which the search for their number ends."""

MOST_CELLS = 1_000_000
"""Rows x columns: 25,000 rows of 40 columns; of more, a random sample."""

SEED = 1

Model: TypeAlias = HistGradientBoostingClassifier | HistGradientBoostingRegressor


def fit_boosting(prepared: Prepared) -> Baseline:
    """Choose the number of trees on held-out training rows, and fit on all of them."""
    training, kind = prepared.parts[Part.TRAINING], prepared.target.kind
    classes = len(prepared.target.classes)
    most = MOST_CELLS // (prepared.inputs * _trees_a_step(classes))
    rows, rows_of = sample_rows(training, most)
    learnt = training.take(rows)
    steps = choose_steps(learnt, kind, classes)
    model = _model(kind, max_iter=steps, early_stopping=False)
    model.fit(learnt.x, learnt.y, learnt.weight)
    caption = (
        f"{steps} boosting steps of trees with {LEAVES} leaves, the number of steps chosen on "
        f"held-out training rows; fitted on {rows_of}."
    )

    def predict(x: np.ndarray) -> np.ndarray:
        with threadpool_limits(limits=THREADS):
            if kind.numeric:
                expected: np.ndarray = model.predict(x).astype("float64")
                return expected
            probabilities = np.zeros((len(x), classes))
            probabilities[:, model.classes_] = model.predict_proba(x)
            return probabilities

    return Baseline("boosting", BOOSTING, caption, True, predict)


def choose_steps(learnt: PartData, kind: Kind, classes: int) -> int:
    """After how many steps the (weighted) loss on left-out rows was least; at least one."""
    curves = []
    most = max(1, MOST_STEPS // _trees_a_step(classes))
    folds = inner_folds(learnt.y, learnt.cluster, FOLDS, categories=not kind.numeric)
    for _, (fitted_on, left_out) in zip(range(FOLDS_USED), folds, strict=False):
        part, held = learnt.take(fitted_on), learnt.take(left_out)
        model = _model(kind, max_iter=most, early_stopping=True, n_iter_no_change=PATIENCE)
        model.fit(
            part.x,
            part.y,
            part.weight,
            X_val=held.x,
            y_val=held.y,
            sample_weight_val=held.weight,
        )
        # The first score is that of the mean, before any tree.
        curves.append(np.asarray(model.validation_score_)[1:])
    if not curves:
        return 1
    common = min(map(len, curves))
    return 1 + int(np.mean([curve[:common] for curve in curves], axis=0).argmax())


def _trees_a_step(classes: int) -> int:
    """One for each category; of two categories one does for both."""
    return classes if classes > 2 else 1


def _model(kind: Kind, **settings: Any) -> Model:
    settings |= {"max_leaf_nodes": LEAVES, "random_state": SEED}
    if kind.numeric:
        return HistGradientBoostingRegressor(loss=outcome_of(kind).boosting_loss, **settings)
    return HistGradientBoostingClassifier(**settings)
